rules = ["no tabs"]
