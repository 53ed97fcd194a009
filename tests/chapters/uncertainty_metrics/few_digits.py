"""What chapter 4's tests train: a second's worth of small networks on few digits."""

WHERE = {
    "data": "digits",
    "root": "data",
    "download": False,
    "held_out": ["0", "6"],
    "training_images": 40,
    "test_images": 300,
}
RECIPE = {"hidden": [24], "members": 3, "dropout": 0.2, "steps": 120, "batch": 16, "rate": 0.01, "device": "cpu"}
ASKED = {
    "bins": [5, 15],
    "temperatures": [0.5, 2.0],
    "sharpness": [1.0, 64.0],
    "samples": [50, 200],
    "repeats": 3,
    "resamples": 20,
}
