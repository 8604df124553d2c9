namespace Rota.Supervisor.Processes.Trees;

/// <summary>Looks every two seconds at what a running process and its descendants hold in memory, and has it restarted
/// above its limit.</summary>
/// <remarks>The system's own limit of an address space (RLIMIT_AS) would be another thing: it counts what is reserved
/// and never used, and fails in the middle of the program.</remarks>
internal sealed class MemoryWatch(SupervisedProcess process, string run, long limit, ProcessSurroundings around)
{
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(2);

    private LoopTimer? _next;
    private bool _isOver;

    public void Start() => _next = around.Loop.After(Between, () => _ = LookAsync(process.Pid));

    public void Close()
    {
        _isOver = true;
        _next?.Cancel();
    }

    private async Task LookAsync(int pid)
    {
        await Task.Yield();
        var bytes = ProcessTree.ResidentBytes(pid, run);
        around.Loop.Post(() => Hear(bytes));
    }

    private void Hear(long bytes)
    {
        const long mega = 1 << 20;
        if (_isOver)
            return;
        Start();
        if (bytes > limit)
            process.Restart($"its memory is {bytes / mega} MB, over limit_memory {limit / mega} MB");
    }
}
