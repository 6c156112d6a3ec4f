"""The rules, as generators of violations: each reads the evidence and nothing else."""
