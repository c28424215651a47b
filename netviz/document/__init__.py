"""What the user works on: the experiment with its edits and problems, its file on disk, and the built-in examples."""
