using Rota.Supervisor.Client;
using Rota.Supervisor.Logs;
using Rota.Supervisor.Processes;

namespace Rota.Web.Supervisors;

/// <summary>What people and programs see of supervised processes, and do with them.</summary>
/// <remarks>Supervisors are asked when somebody looks, side by side, each at most for
/// <see cref="SupervisorClient.Patience"/>. All methods with the name of a supervisor throw
/// <see cref="NotFoundException"/> where there is none, and <c>supervisor.away</c>, HTTP 503, where it does not answer.
/// </remarks>
internal sealed class SupervisorOperations(SupervisorList supervisors, ProcessUsage usage, TimeProvider clock)
{
    private const int InputCharactersMax = 64 * 1024;

    /// <summary>In the order of the settings; those that are away too, with what was last known of them.</summary>
    public async Task<IReadOnlyList<SupervisorStatus>> ListAsync(CancellationToken stop) =>
        await Task.WhenAll(supervisors.All.Select(async one => StatusOf(one, await one.LookAsync(clock, stop))));

    /// <summary>As the watcher saw them last, which takes no time: within the last seconds.</summary>
    public IReadOnlyList<SupervisorStatus> Seen() =>
        [.. supervisors.All.Where(one => one.Last is not null).Select(one => StatusOf(one, one.Last!))];

    public async Task<SupervisorStatus> GetAsync(string supervisor, CancellationToken stop)
    {
        var found = supervisors.Get(supervisor);
        return StatusOf(found, await found.LookAsync(clock, stop));
    }

    /// <summary>The processes that a name means: one, or all of a group.</summary>
    /// <exception cref="NotFoundException"><c>process.not_found</c>.</exception>
    public async Task<IReadOnlyList<ProcessStatus>> FindAsync(
        string supervisor, ProcessName name, CancellationToken stop)
    {
        var found = supervisors.Get(supervisor);
        var look = await found.LookAsync(clock, stop);
        if (look.Error is { } error)
            throw SupervisorErrors.Of(error, supervisor, $"{name}");
        List<ProcessStatus> fitting = [.. StatusOf(found, look).Processes.Where(process => name.Fits(process.Name))];
        return fitting.Count > 0 ? fitting : throw SupervisorErrors.Of(
            new SupervisorException(SupervisorProblem.NoProcess, "BAD_NAME"), supervisor, $"{name}");
    }

    /// <summary>Why a supervisor that is away tells nothing, as an error.</summary>
    public RotaException AwayOf(string supervisor) => SupervisorErrors.Of(supervisors.Get(supervisor).Last?.Error
        ?? new SupervisorException(SupervisorProblem.Away, "Nobody looked yet."), supervisor, name: null);

    /// <summary>Starts a process, or all of a group, without waiting until they run.</summary>
    /// <returns>One for each process that did not run.</returns>
    public Task<IReadOnlyList<ProcessOutcome>> StartAsync(
        string supervisor, ProcessName name, CancellationToken stop) =>
        AskAsync(supervisor, name, client => client.StartAsync(name, stop));

    /// <summary>Stops a process, or all of a group, without waiting until they have stopped.</summary>
    public Task<IReadOnlyList<ProcessOutcome>> StopAsync(
        string supervisor, ProcessName name, CancellationToken stop) =>
        AskAsync(supervisor, name, client => client.StopAsync(name, waits: false, stop));

    /// <summary>Stops a process, or all of a group, waits, and starts them. A caller that leaves meanwhile leaves
    /// nothing stopped.</summary>
    public async Task<IReadOnlyList<ProcessOutcome>> RestartAsync(
        string supervisor, ProcessName name, CancellationToken stop)
    {
        if ((await FindAsync(supervisor, name, stop)).Any(process => process.State.IsRunning))
            await AskAsync(supervisor, name, client => client.StopAsync(name, waits: true, CancellationToken.None));
        return await AskAsync(supervisor, name, client => client.StartAsync(name, CancellationToken.None));
    }

    /// <summary>The supervisor itself: begins to stop all of its processes, then reads its file anew and starts. Ours
    /// refuses a file with a mistake, and nothing is stopped; another supervisord ends.</summary>
    /// <exception cref="ConflictException"><c>supervisor.file</c>, <c>supervisor.stopping</c>.</exception>
    public Task RestartAsync(string supervisor, CancellationToken stop) =>
        AskAsync(supervisor, name: null, client => DoneAsync(client.RestartDaemonAsync(stop)));

    /// <summary>The supervisor itself: begins to stop all of its processes, then ends. Nobody here can start
    /// it.</summary>
    /// <exception cref="ConflictException"><c>supervisor.stopping</c>.</exception>
    public Task ShutDownAsync(string supervisor, CancellationToken stop) =>
        AskAsync(supervisor, name: null, client => DoneAsync(client.ShutDownDaemonAsync(stop)));

    /// <param name="signal">Such as <c>HUP</c>, <c>SIGUSR1</c> or <c>10</c>.</param>
    public Task<IReadOnlyList<ProcessOutcome>> SignalAsync(
        string supervisor, ProcessName name, string signal, CancellationToken stop) =>
        AskAsync(supervisor, name, client => client.SignalAsync(name, signal, stop));

    /// <summary>Empties both logs of a process, or of all of a group.</summary>
    public async Task<IReadOnlyList<ProcessOutcome>> ClearLogsAsync(
        string supervisor, ProcessName name, CancellationToken stop)
    {
        var outcomes = new List<ProcessOutcome>();
        foreach (var process in await FindAsync(supervisor, name, stop))
        {
            outcomes.AddRange(await AskAsync(supervisor, process.Name,
                client => client.ClearLogsAsync(process.Name, stop)));
        }
        return outcomes;
    }

    /// <summary>Writes to the standard input of one process.</summary>
    /// <param name="text">At most 65,536 characters.</param>
    public Task SendInputAsync(string supervisor, ProcessName name, string text, CancellationToken stop)
    {
        if (name.Process is null)
            throw new InvalidFieldException("process", $"'{name}' is a group.", "Write GROUP:NAME.");
        if (text.Length is 0 or > InputCharactersMax)
            throw new InvalidFieldException("text", $"text has {text.Length:N0} characters.",
                $"Write 1 to {InputCharactersMax:N0}.");
        return AskAsync(supervisor, name, client => DoneAsync(client.SendInputAsync(name, text, stop)));
    }

    /// <summary>The newest part of a log, from the start of a line on.</summary>
    /// <param name="bytes">1 or more.</param>
    public Task<LogCursor> LogEndAsync(
        string supervisor, ProcessName name, OutputChannel channel, int bytes, CancellationToken stop) => AskAsync(
        supervisor, name, client => LogCursor.BeforeEndAsync(client, name, channel, bytes, stop));

    /// <param name="position">In bytes, where a cursor stood.</param>
    public LogCursor LogFrom(string supervisor, ProcessName name, OutputChannel channel, long position) =>
        new(supervisors.Get(supervisor).Client, name, channel, position);

    /// <summary>Asks a supervisor, and tells what goes wrong as all operations do.</summary>
    /// <param name="name">What is asked for; null for the supervisor itself.</param>
    public async Task<T> AskAsync<T>(string supervisor, ProcessName? name, Func<SupervisorClient, Task<T>> call)
    {
        try
        {
            return await call(supervisors.Get(supervisor).Client);
        }
        catch (SupervisorException error)
        {
            throw SupervisorErrors.Of(error, supervisor, name?.ToString());
        }
    }

    private static async Task<bool> DoneAsync(Task work)
    {
        await work;
        return true;
    }

    private SupervisorStatus StatusOf(WatchedSupervisor one, Look look) => new(one.Name, one.Client.Url, look.Info,
        look.At, look.Error?.Message,
        [.. (look.Info?.Processes ?? []).Select(process => StatusOf(one, process))]);

    private ProcessStatus StatusOf(WatchedSupervisor one, ProcessInfo process)
    {
        var (restarts, isFlapping) = one.Watch.Of(process.Name);
        var taken = one.Client.IsLocal && process.Pid is { } pid ? usage.Of(pid) : null;
        return new ProcessStatus(one.Name, process, process.Spawns is { } spawns ? Math.Max(0, spawns - 1) : restarts,
            isFlapping, taken?.CpuPercent, taken?.MemoryBytes);
    }
}
