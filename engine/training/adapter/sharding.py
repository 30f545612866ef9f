"""Sharding: the frozen base cut among the graphics cards of all processes.

Each holds a part of every block and gathers the rest for as long as the block computes (Zhao et
al., PyTorch FSDP, 2023; PyTorch's second version of it). What is trained stays whole on each, as it
is small: so it is averaged, saved and resumed as where nothing is cut.
"""

from __future__ import annotations

import warnings

from accelerate import PartialState
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard

from engine.training.adapter.student import Student


def shard(student: Student, device: str) -> None:
    """Bring an adapted student to where it learns, its base cut among the processes.

    Args:
        student: in main memory, of float32 or bfloat16, the same in each process.
        device: cuda, or cpu for a trial.
    """
    # Its output is a view, of which it warns; nothing here writes into that.
    warnings.filterwarnings("ignore", message="FSDP2-wrapped module")
    processes = PartialState(cpu=device == "cpu")
    mesh = init_device_mesh(device, (processes.num_processes,))
    added = student.added()
    for module in (*student.transformer.transformer_blocks, student.transformer):
        # The outermost one, too: only one process writes checkpoints, and what that leaves gathered
        # or not must not differ from the others.
        fully_shard(module, mesh=mesh, ignored_params=set(added), reshard_after_forward=True)
    for parameter in added:
        parameter.data = parameter.data.to(processes.device)
