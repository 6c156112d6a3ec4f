"""The record on paper. Runs in a process of its own: WeasyPrint is slow, large, and native code."""
