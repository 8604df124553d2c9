using Rota.Supervisor.Config;

namespace Rota.Supervisor.Processes.Checks;

/// <summary>Asks a running process how it is, and has it restarted after some failures in a row. Lives on the loop
/// thread.</summary>
internal sealed class HealthWatch(SupervisedProcess process, HealthConfig health, ProcessSurroundings around)
{
    private LoopTimer? _next;
    private int _failures;
    private bool _isOver;

    public void Start() => _next = around.Loop.After(TimeSpan.FromSeconds(health.IntervalSeconds), Ask);

    public void Close()
    {
        _isOver = true;
        _next?.Cancel();
    }

    private void Ask()
    {
        var timeout = TimeSpan.FromSeconds(health.TimeoutSeconds);
        if (health.Check.Kind == CheckKind.Command)
            around.Commands.Run(process, health.Check.Target, [], timeout, Hear);
        else
            around.Probes.Ask(health.Check, timeout, Hear);
    }

    private void Hear(string? problem)
    {
        if (_isOver)
            return;
        Start();
        if (problem is null)
        {
            _failures = 0;
            return;
        }
        _failures++;
        around.Log.Warn($"health check {_failures}/{health.Failures} of {process.Config.Name} failed, "
            + $"{health.Check.Shown}: {problem}");
        if (_failures >= health.Failures)
            process.Restart($"health check {health.Check.Shown} failed {_failures} times in a row");
    }
}
