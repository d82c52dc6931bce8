from sortedcontainers import SortedDict

UNITS = SortedDict({"metre": 1.0, "inch": 0.0254, "yard": 0.9144})
