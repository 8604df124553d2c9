using Rota.Supervisor.Config;
using Rota.Supervisor.Native;

namespace Rota.Supervisor.Processes.Checks;

/// <summary>Commands that are run for a process beside it: as its user, in its directory, with its environment. What
/// they print is dropped. Lives on the loop thread.</summary>
internal sealed class SideCommands(EventLoop loop, Spawner spawner)
{
    private static readonly TimeSpan AfterUpgrade = TimeSpan.FromMinutes(1);

    private readonly Dictionary<int, LoopTimer> _running = [];

    /// <summary>Whether this child is one of them, and reaped here.</summary>
    public bool Owns(int pid) => _running.ContainsKey(pid);

    /// <summary>Runs one, and kills it with its process group when its time is over.</summary>
    /// <param name="more">Variables above the process's own.</param>
    /// <param name="then">On the loop thread: null when it ended with 0, else why not.</param>
    public void Run(SupervisedProcess process, string command, ValueList<EnvironmentVariable> more, TimeSpan limit,
        Action<string?> then)
    {
        var config = process.Config with
        {
            Command = command,
            Arguments = [.. ShellWords.Split(command)!],
            Environment = [.. process.Config.Environment, .. more],
        };
        try
        {
            Watch(spawner.SpawnSilent(config, process.Group, process.GroupEnvironment), limit, then);
        }
        catch (LaunchException error)
        {
            loop.Post(() => then(error.Message));
        }
    }

    /// <summary>For <see cref="Adopt"/> in the next program.</summary>
    public List<int> Save() => [.. _running.Keys];

    /// <summary>Nobody waits for their outcome any more; they are reaped all the same.</summary>
    public void Adopt(List<int> pids) => pids.ForEach(pid => Watch(pid, AfterUpgrade, _ => { }));

    private void Watch(int pid, TimeSpan limit, Action<string?> then)
    {
        var isLate = false;
        var end = Children.Watch(pid);
        _running[pid] = loop.After(limit, () =>
        {
            isLate = true;
            Children.Signal(-pid, Signals.Kill);
        });
        loop.Watch(end, Epoll.Readable, _ =>
        {
            loop.Forget(end);
            Descriptors.Close(end);
            if (_running.Remove(pid, out var timer))
                timer.Cancel();
            var exit = Children.Reap(pid);
            then(isLate ? $"not done within {limit.TotalSeconds} seconds" : exit is { Status: 0 } ? null : $"{exit}");
        });
    }
}
