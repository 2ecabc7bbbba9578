"""From training runs through loss to accuracy, with the uncertainty of the whole way."""

from theodolite.scaling.downstream.curves import PATHS, PathName
from theodolite.scaling.downstream.forecast import DownstreamSettings
from theodolite.scaling.downstream.foretell import downstream
from theodolite.scaling.downstream.result import Decides, Downstream, Movement, TaskForecast
from theodolite.scaling.downstream.tasks import Task, named_tasks, task_of

__all__ = [
    "PATHS",
    "Decides",
    "Downstream",
    "DownstreamSettings",
    "Movement",
    "PathName",
    "Task",
    "TaskForecast",
    "downstream",
    "named_tasks",
    "task_of",
]
