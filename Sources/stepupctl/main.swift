print("stepupctl")
