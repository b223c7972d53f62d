"""Settings of the server that `open_lab.py` starts."""

c = get_config()  # noqa: F821, Jupyter defines it
# A kernel whose browser window was closed ends after an hour: each one holds 1 GB and more.
c.MappingKernelManager.cull_idle_timeout = 3600  # seconds
# A photograph that is uploaded to a panel travels in one message; the usual limit is 10 MB.
c.ServerApp.tornado_settings = {"websocket_max_message_size": 200 * 1024 * 1024}
