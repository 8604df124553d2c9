namespace Rota.Supervisor.Processes;

/// <summary>Says every two seconds that somebody waits for a process to stop.</summary>
internal sealed class StopReport(string process, ProcessSurroundings around)
{
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(2);

    private LoopTimer? _next;

    public void Start()
    {
        if (_next is null)
            Say();
    }

    public void Stop()
    {
        _next?.Cancel();
        _next = null;
    }

    private void Say()
    {
        around.Log.Info($"waiting for {process} to stop");
        _next = around.Loop.After(Between, Say);
    }
}
