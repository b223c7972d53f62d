"""The lab on pet breeds: its data, its checks and its summary. Everything here is NumPy."""
