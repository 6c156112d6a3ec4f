"""Who is told what, in which words: pure."""
