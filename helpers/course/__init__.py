"""The course itself: check of the computer, results, quizzes, Colab."""
