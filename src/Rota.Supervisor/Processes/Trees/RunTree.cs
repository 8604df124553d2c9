using Rota.Supervisor.Native;

namespace Rota.Supervisor.Processes.Trees;

/// <summary>Signals the descendants of a run's child and waits for their end.</summary>
/// <remarks>All looking happens on other threads; the loop hears when it is done. Who was once seen to belong to the
/// run is remembered, since an orphan cannot always be told later. With a control group also those are found that
/// cannot be told by anything else, and SIGKILL reaches all of it at one moment.</remarks>
/// <param name="child">Is signalled by others, and left to be reaped until its tree has ended: so its number cannot
/// become somebody else's meanwhile.</param>
/// <param name="group">Null where the run has none.</param>
internal sealed class RunTree(int child, string run, ControlGroup? group, EventLoop loop, TimeProvider time)
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan PatienceAfterKill = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly HashSet<TreeMember> _known = [];

    public void Signal(int signal) => _ = SignalAsync(signal);

    /// <summary>Waits until all have ended; SIGKILL follows after the patience.</summary>
    /// <param name="signal">What they get first; null when they have it already.</param>
    /// <param name="then">On the loop thread.</param>
    public void End(int? signal, TimeSpan patience, Action then) => _ = EndAsync(signal, patience, then);

    private async Task SignalAsync(int signal)
    {
        await Task.Yield();
        Send(Look(), signal);
    }

    private async Task EndAsync(int? signal, TimeSpan patience, Action then)
    {
        await Task.Yield();
        var start = time.GetTimestamp();
        var left = Look();
        if (signal is { } first)
            Send(left, first);
        while (left.Count > 0 && time.GetElapsedTime(start) < patience + PatienceAfterKill)
        {
            if (time.GetElapsedTime(start) >= patience)
                Send(left, Signals.Kill);
            await Task.Delay(Between, time);
            left = Look();
        }
        loop.Post(then);
    }

    private List<TreeMember> Look()
    {
        var inGroup = group?.Pids().Where(pid => pid != child).Select(ProcessTree.Find).OfType<TreeMember>() ?? [];
        var found = ProcessTree.Read().Find(child, run).Concat(inGroup)
            .Select(member => member with { ResidentBytes = 0 }).ToList();
        lock (_gate)
        {
            _known.UnionWith(found);
            _known.RemoveWhere(member => !ProcessTree.IsAlive(member));
            return [.. _known];
        }
    }

    private void Send(List<TreeMember> members, int signal)
    {
        if (signal == Signals.Kill)
            group?.TryKill();
        foreach (var member in members.Where(ProcessTree.IsAlive))
            Children.Signal(member.Pid, signal);
    }
}
