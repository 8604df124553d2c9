using Rota.Supervisor.Config;
using Rota.Supervisor.Events;
using Rota.Supervisor.Logs;
using Rota.Supervisor.Native;
using Rota.Supervisor.Secrets;

namespace Rota.Supervisor.Processes;

/// <summary>All that one can ask of the running supervisor; from any thread.</summary>
/// <remarks>
/// Every method takes its turn on the loop thread, which alone owns the processes, and never blocks it: a wait for a
/// process ends through an event. What cannot be done throws <see cref="SupervisorFault"/>. Methods do not ask whether
/// the daemon is shutting down: the API does, once for all, by <see cref="State"/>.
/// </remarks>
internal sealed class Supervisor : IDisposable
{
    private readonly Func<SupervisorConfig> _read;
    private readonly OutputPump _output;
    private readonly EventLoop _loop;
    private readonly EventHub _events = new();
    private readonly ProcessSurroundings _around;
    private readonly ProcessTable _table;
    private readonly BatchOperations _batch;
    private readonly Ticks _ticks;
    private readonly LogSearch _search;
    private readonly ChildrenFile _children;
    private readonly TaskCompletionSource<DaemonState> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile SupervisorConfig _config;
    private bool _isStopping;

    /// <param name="read">Reads the file again, on the caller's thread. Throws <see cref="SupervisorFault"/> with
    /// CANT_REREAD.</param>
    /// <param name="output">With its log open; disposed by who made it, after the supervisor.</param>
    /// <param name="secrets">The program that tells secrets; default this one.</param>
    public Supervisor(SupervisorConfig config, Func<SupervisorConfig> read, OutputPump output, TimeProvider time,
        IReadOnlyList<string>? secrets = null)
    {
        (_config, _read, _output) = (config, read, output);
        _loop = new("supervisor", time, error => output.Log.Critical($"error in the supervisor: {error}"));
        var keepsPipes = config.Daemon.Leftovers == LeftoverRule.Adopt;
        _around = new(_loop, output, _events, new(ServerUrl(config), keepsPipes), time)
        {
            Vault = new(_loop, secrets ?? SecretProgram.Words()),
            StripAnsi = config.Daemon.StripAnsi,
        };
        _table = new(_around);
        _children = new(Leftovers.FileOf(config.Daemon), _around, _table);
        _around.OnChildChange = _children.Change;
        _batch = new(_loop, _table);
        _ticks = new(_loop, _events, time);
        _around.Fatal.Exit = () =>
        {
            ExitCode = 1;
            StopFor(DaemonState.Shutdown);
        };
        _search = new(time);
    }

    /// <summary>The file as it was read last, which is not yet what runs after <see cref="RereadAsync"/>.</summary>
    public SupervisorConfig Config => _config;

    public DaemonState State => _around.State;

    /// <summary>Ends when all processes have stopped, with what was asked for: a shutdown or a restart.</summary>
    public Task<DaemonState> Ended => _ended.Task;

    /// <summary>Of the daemon after a shutdown: 1 when `on_fatal=exit` ended it.</summary>
    public int ExitCode { get; private set; }

    /// <summary>Makes the groups, before anything is started.</summary>
    /// <exception cref="SupervisorFault">One of them cannot be made.</exception>
    public void AddGroups()
    {
        foreach (var group in _config.Groups)
            _table.Add(group, _config.Daemon);
    }

    /// <summary>Instead of <see cref="AddGroups"/>: goes on with the children of the former program.</summary>
    public void Adopt(HandOver former)
    {
        _table.Adopt(former);
        _around.ControlGroups.TakeUp();
    }

    /// <summary>Stops all work, hands everything to <paramref name="replace"/>, which puts the next program in the
    /// place of this one, and goes on only when that fails.</summary>
    /// <returns>The error; null while the daemon stops, when nothing is done.</returns>
    public async Task<int?> HandOverAsync(Func<HandOver, int> replace)
    {
        var processes = await _loop.AskAsync(() => _around.TryStand() ? _table.All.ToList() : null);
        if (processes is null)
            return null;
        try
        {
            // What the output thread has posted to the loop until then is done before the loop's last piece of work.
            var pipes = await _output.Loop.AskAsync(
                () => processes.ToDictionary(process => process, process => process.Outputs.Park()));
            return await _loop.AskAsync<int?>(() =>
            {
                // The end may have been asked for meanwhile: it comes first.
                if (_isStopping)
                    return null;
                _output.Flush();
                return replace(_table.Save(_config, pipes));
            });
        }
        finally
        {
            _output.Loop.Post(() => processes.ForEach(process => process.Outputs.Unpark()));
            await AskAsync(() =>
            {
                _around.State = _isStopping ? _around.State : DaemonState.Running;
                processes.ForEach(process => process.Rearm());
                foreach (var group in _table.Groups)
                    group.Roll.GoOn();
            });
        }
    }

    /// <summary>Begins: what is to start by itself is started.</summary>
    /// <param name="reapsOrphans">Whether children of nobody become ours, as those of pid 1 do.</param>
    /// <param name="isUpgraded">Nothing begins: what runs was adopted.</param>
    /// <param name="leftovers">Of a daemon that was killed.</param>
    public void Start(bool reapsOrphans = false, bool isUpgraded = false, Leftovers? leftovers = null)
    {
        _loop.Start();
        _loop.Post(() =>
        {
            HeldSignals.Release();
            if (!isUpgraded)
                _events.Tell(new(EventNames.SupervisorRunning, ""));
            _ticks.Start();
            if (reapsOrphans)
                new OrphanReaper(_loop, _table, _around.Commands, _around.Log).Start();
            if (!isUpgraded)
                _table.Begin(leftovers);
        });
    }

    public void Dispose()
    {
        _loop.Dispose();
        _around.ControlGroups.Close();
        _search.Dispose();
        _children.Dispose();
    }

    /// <summary>By group, then by name.</summary>
    public Task<IReadOnlyList<ProcessFacts>> ListAsync() => _loop.AskAsync(_table.AllFacts);

    /// <summary>Fault: BAD_NAME, also for `group:*`.</summary>
    public Task<ProcessFacts> FindAsync(string name) => _loop.AskAsync(() => _table.Facts(_table.Process(name)));

    /// <summary>Names of the groups that are active, which is what `inuse` says.</summary>
    public Task<IReadOnlySet<string>> ListGroupsAsync() => _loop.AskAsync<IReadOnlySet<string>>(
        () => _table.Groups.Select(group => group.Config.Name).ToHashSet());

    /// <summary>Starts one process; with <paramref name="wait"/> ends when it is RUNNING. Faults: BAD_NAME, NO_FILE,
    /// NOT_EXECUTABLE, ALREADY_STARTED, FAILED, SPAWN_ERROR, ABNORMAL_TERMINATION.</summary>
    /// <param name="name">Of one process; `group:*` is <see cref="StartGroupAsync"/>'s.</param>
    public async Task StartAsync(string name, bool wait) =>
        await await _loop.AskAsync(() => BatchOperations.Start(_table.Process(name), wait));

    /// <summary>Starts those that do not run. First what was done or failed at once, then what was waited for; both by
    /// priority. Fault: BAD_NAME.</summary>
    public Task<IReadOnlyList<ProcessResult>> StartGroupAsync(string group, bool wait) =>
        _batch.StartAsync(() => _table.Group(group).Processes, wait);

    public Task<IReadOnlyList<ProcessResult>> StartAllAsync(bool wait) => _batch.StartAsync(() => _table.All, wait);

    /// <summary>With <paramref name="wait"/> ends when it has stopped. Faults: BAD_NAME, NOT_RUNNING, FAILED.</summary>
    public async Task StopAsync(string name, bool wait) =>
        await await _loop.AskAsync(() => BatchOperations.Stop(_table.Process(name), wait));

    public Task<IReadOnlyList<ProcessResult>> StopGroupAsync(string group, bool wait) =>
        _batch.StopAsync(() => _table.Group(group).Processes, wait);

    public Task<IReadOnlyList<ProcessResult>> StopAllAsync(bool wait) => _batch.StopAsync(() => _table.All, wait);

    /// <summary>Stops those that are named, with all that one name means; those first that depend on others of them.
    /// Fault: BAD_NAME, and nothing is stopped.</summary>
    /// <param name="names">`group:process` or `group:*`.</param>
    public Task<IReadOnlyList<ProcessResult>> StopEachAsync(IReadOnlyList<string> names, bool wait) =>
        _batch.StopAsync(() =>
        {
            var named = names.SelectMany(_table.Named).ToHashSet();
            return _table.All.Where(named.Contains);
        }, wait);

    /// <summary>Restarts the running processes of a group one after the other, each when the one before is RUNNING
    /// again; ends with the first that fails, and those after it run on. Fault: BAD_NAME.</summary>
    public async Task<IReadOnlyList<ProcessResult>> RollAsync(string group) =>
        await await _loop.AskAsync(() => _table.Group(group).Roll.RestartAsync());

    /// <summary>Makes the file read last true for an active group, in the same way: processes that differ are replaced,
    /// new ones started, then those that are gone stopped. Faults: BAD_NAME; STILL_RUNNING, where all of the group has
    /// to stop for the change, and nothing is done.</summary>
    public async Task<IReadOnlyList<ProcessResult>> RollUpdateAsync(string group) => await await _loop.AskAsync(
        () => _table.Group(group).Roll.UpdateAsync(InFile(group), _config.Daemon));

    /// <summary>Signals the process alone, never its group. Faults: BAD_NAME, BAD_SIGNAL, NOT_RUNNING,
    /// FAILED.</summary>
    /// <param name="signal">`HUP`, `SIGHUP`, `hup` or `1`.</param>
    public async Task SignalAsync(string name, string signal) =>
        await await _loop.AskAsync(() => BatchOperations.Signal(_table.Process(name), signal));

    public Task<IReadOnlyList<ProcessResult>> SignalGroupAsync(string group, string signal) =>
        _batch.SignalAsync(() => _table.Group(group).Processes, signal);

    public Task<IReadOnlyList<ProcessResult>> SignalAllAsync(string signal) =>
        _batch.SignalAsync(() => _table.All, signal);

    /// <summary>Faults: BAD_NAME, NOT_RUNNING, NO_FILE when the process has closed its input, FAILED when a mebibyte
    /// waits there already.</summary>
    public Task SendStdinAsync(string name, byte[] text) => AskAsync(() => _table.Process(name).SendStdin(text));

    /// <summary>A negative offset with length 0 is the last bytes; length 0 is to the end. Faults: BAD_ARGUMENTS,
    /// NO_FILE, FAILED.</summary>
    public async Task<byte[]> ReadMainLogAsync(long offset, long length)
    {
        // After what is said already.
        var path = await _output.Loop.AskAsync(() => _output.Log.Path);
        return LogReader.Read(path, offset, length);
    }

    /// <summary>Faults: NO_FILE, FAILED.</summary>
    public Task ClearMainLogAsync() => _output.Loop.AskAsync(() =>
    {
        if (!File.Exists(_output.Log.Path))
            throw new SupervisorFault(FaultCode.NoFile);
        BatchOperations.OrFailed(_output.Log.Clear, null);
        return true;
    });

    /// <summary>As <see cref="ReadMainLogAsync"/>, and BAD_NAME. All that the process wrote before the call is in it.
    /// </summary>
    public async Task<byte[]> ReadLogAsync(string name, OutputChannel channel, long offset, long length) =>
        LogReader.Read(await LogPathAsync(name, channel), offset, length);

    /// <summary>Empty where there is no file. Fault: BAD_NAME.</summary>
    public async Task<LogTail> TailLogAsync(string name, OutputChannel channel, long offset, long length) =>
        LogReader.Tail(await LogPathAsync(name, channel), offset, length);

    /// <summary>All that the process wrote before the call is looked through. Faults: BAD_NAME, NO_FILE, FAILED.
    /// </summary>
    public async Task<LogMatches> SearchLogAsync(string name, OutputChannel channel, LogQuery query) =>
        await _search.RunAsync(await LogPathAsync(name, channel), query);

    /// <summary>Empties both logs of a process. Faults: BAD_NAME, FAILED.</summary>
    public async Task ClearLogsAsync(string name) =>
        await await _loop.AskAsync(() => BatchOperations.ClearAsync(_table.Process(name)));

    public Task<IReadOnlyList<ProcessResult>> ClearAllLogsAsync() => _batch.ClearAsync();

    /// <summary>Reads the file again and says what it would change; changes nothing. Fault: CANT_REREAD.</summary>
    public Task<ConfigDiff> RereadAsync()
    {
        var read = _read();
        return _loop.AskAsync(() => _table.Compare(_config = read));
    }

    /// <summary>Makes a group of the file read last active, and starts what is to start by itself. Faults: BAD_NAME,
    /// ALREADY_ADDED, FAILED (a FastCGI socket cannot be opened).</summary>
    public Task AddGroupAsync(string group) => AskAsync(() =>
    {
        foreach (var process in _table.Add(InFile(group), _config.Daemon).Processes)
            process.Next.AutoStart();
    });

    /// <summary>Faults: BAD_NAME, STILL_RUNNING.</summary>
    public Task RemoveGroupAsync(string group) => AskAsync(() => _table.Remove(group));

    /// <summary>Begins to stop everything; groups of the highest priority number first.</summary>
    public Task ShutdownAsync() => AskAsync(() => StopFor(DaemonState.Shutdown));

    /// <summary>As a shutdown, then the daemon starts anew with its file read again. Fault: CANT_REREAD, and nothing
    /// is stopped.</summary>
    public Task RestartAsync()
    {
        var read = _read();
        return AskAsync(() =>
        {
            _config = read;
            if (_around.State != DaemonState.Shutdown)
                StopFor(DaemonState.Restarting);
        });
    }

    /// <summary>Opens all logs again, after somebody moved the files.</summary>
    public async Task ReopenLogsAsync()
    {
        await AskAsync(_table.ReopenLogs);
        // The last in the line of what was just posted there: now all are open.
        await _output.Loop.AskAsync(() =>
        {
            _output.Log.Reopen();
            return true;
        });
    }

    /// <summary>Tells the listeners of REMOTE_COMMUNICATION.</summary>
    public Task SendRemoteEventAsync(string type, string data) =>
        AskAsync(() => _events.Tell(new(EventNames.RemoteCommunication, $"type:{type}\n{data}")));

    /// <summary>Calls back for each event on the loop thread, until disposed: be short there, and never
    /// throw.</summary>
    public IDisposable Subscribe(Action<SupervisorEvent> callback)
    {
        _loop.Post(() => _events.Add(callback));
        return new Subscription(() => _loop.Post(() => _events.Remove(callback)));
    }

    private GroupConfig InFile(string group) => _config.Groups.FirstOrDefault(known => known.Name == group)
        ?? throw new SupervisorFault(FaultCode.BadName, group);

    private void StopFor(DaemonState what)
    {
        _around.State = what;
        if (_isStopping)
            return;
        _isStopping = true;
        _events.Tell(new(EventNames.SupervisorStopping, ""));
        new OrderedStop(_table, _around, () => _ended.TrySetResult(_around.State)).Start();
    }

    private async Task<string> LogPathAsync(string name, OutputChannel channel)
    {
        var isRead = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var path = await _loop.AskAsync(() =>
        {
            var outputs = _table.Process(name).Outputs;
            outputs.Drain(isRead.SetResult);
            return outputs.PathOf(channel);
        });
        await isRead.Task;
        return path;
    }

    private Task<bool> AskAsync(Action work) => _loop.AskAsync(() =>
    {
        work();
        return true;
    });

    /// <summary>A unix socket stands before a port.</summary>
    private static string? ServerUrl(SupervisorConfig config)
    {
        if (config.Servers.FirstOrDefault(server => server.SocketPath is not null) is { } unix)
            return $"unix://{unix.SocketPath}";
        if (config.Servers is not [var inet, ..])
            return null;
        return $"http://{(inet.Host.Length == 0 ? "localhost" : inet.Host)}:{inet.Port}";
    }

    private sealed class Subscription(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
