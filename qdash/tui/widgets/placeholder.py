"""Stand-ins for panels until they are there."""

from textual.widgets import Static


class Placeholder(Static):
    """Shows its name."""

    def preferred_height(self, view, width):
        return 10

    def show(self, view):
        self.update(f"{type(self).__name__} {view.state.events} {list(view.state.queues)}")

    def action_zoom_in(self): ...
    def action_zoom_out(self): ...


class Stage(Placeholder): ...
class TimeAxis(Placeholder): ...
class EventLog(Placeholder): ...
class AdvicePanel(Placeholder): ...
