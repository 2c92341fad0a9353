"""A PyTorch module as another inference engine runs it: a function of the same inputs."""
import tempfile
from pathlib import Path

import torch


def pytorch(module, inputs, bfloat16):
    def run():
        with torch.inference_mode():
            module(*inputs)
    return run


def openvino(module, inputs, bfloat16):
    import openvino

    graph = openvino.convert_model(module, example_input=inputs)
    compiled = openvino.compile_model(graph, "CPU", {"INFERENCE_PRECISION_HINT": "bf16" if bfloat16 else "f32"})
    arrays = [value.numpy() for value in inputs]
    return lambda: compiled(arrays)


def onnxruntime(module, inputs, bfloat16):
    import onnxruntime

    if bfloat16:
        raise SystemExit("onnxruntime: its CPU provider has no convolutions in bfloat16")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.onnx"
        names = [f"input{i}" for i in range(len(inputs))]
        torch.onnx.export(module, inputs, str(file), input_names=names, dynamo=False)
        session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    feed = {name: value.numpy() for name, value in zip(names, inputs)}
    return lambda: session.run(None, feed)


ENGINES = {"pytorch": pytorch, "openvino": openvino, "onnxruntime": onnxruntime}
