"""Policy files: what may stand in one, every fault of one with its place, and the policy it describes."""
