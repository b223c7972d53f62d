"""What a learner has done: results, their board, quizzes."""
