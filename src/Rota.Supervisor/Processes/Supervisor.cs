using Rota.Supervisor.Config;
using Rota.Supervisor.Events;
using Rota.Supervisor.Logs;

namespace Rota.Supervisor.Processes;

/// <summary>All that one can ask of the running supervisor; from any thread.</summary>
/// <remarks>
/// Every method takes its turn on the loop thread, which alone owns the processes, and never blocks it: a wait for a
/// process ends through an event. What cannot be done throws <see cref="SupervisorFault"/>. Methods do not ask whether
/// the daemon is shutting down: the API does, once for all, by <see cref="State"/>.
/// </remarks>
internal sealed class Supervisor
{
    /// <summary>The file as it was read last, which is not yet what runs after <see cref="RereadAsync"/>.</summary>
    public SupervisorConfig Config => throw new NotImplementedException();

    public DaemonState State => throw new NotImplementedException();

    /// <summary>By group, then by name.</summary>
    public Task<IReadOnlyList<ProcessFacts>> ListAsync() => throw new NotImplementedException();

    /// <summary>Fault: BAD_NAME, also for `group:*`.</summary>
    public Task<ProcessFacts> FindAsync(string name) => throw new NotImplementedException();

    /// <summary>Names of the groups that are active, which is what `inuse` says.</summary>
    public Task<IReadOnlySet<string>> ListGroupsAsync() => throw new NotImplementedException();

    /// <summary>Starts one process; with <paramref name="wait"/> ends when it is RUNNING. Faults: BAD_NAME, NO_FILE,
    /// NOT_EXECUTABLE, ALREADY_STARTED, FAILED, SPAWN_ERROR, ABNORMAL_TERMINATION.</summary>
    /// <param name="name">Of one process; `group:*` is <see cref="StartGroupAsync"/>'s.</param>
    public Task StartAsync(string name, bool wait) => throw new NotImplementedException();

    /// <summary>Starts those that do not run. First those that failed at once, then the others, by priority. Fault: BAD_NAME.
    /// </summary>
    public Task<IReadOnlyList<ProcessResult>> StartGroupAsync(string group, bool wait) =>
        throw new NotImplementedException();

    public Task<IReadOnlyList<ProcessResult>> StartAllAsync(bool wait) => throw new NotImplementedException();

    /// <summary>With <paramref name="wait"/> ends when it has stopped. Faults: BAD_NAME, NOT_RUNNING, FAILED.</summary>
    public Task StopAsync(string name, bool wait) => throw new NotImplementedException();

    public Task<IReadOnlyList<ProcessResult>> StopGroupAsync(string group, bool wait) =>
        throw new NotImplementedException();

    public Task<IReadOnlyList<ProcessResult>> StopAllAsync(bool wait) => throw new NotImplementedException();

    /// <summary>Signals the process alone, never its group. Faults: BAD_NAME, BAD_SIGNAL, NOT_RUNNING, FAILED.</summary>
    /// <param name="signal">`HUP`, `SIGHUP`, `hup` or `1`.</param>
    public Task SignalAsync(string name, string signal) => throw new NotImplementedException();

    public Task<IReadOnlyList<ProcessResult>> SignalGroupAsync(string group, string signal) =>
        throw new NotImplementedException();

    public Task<IReadOnlyList<ProcessResult>> SignalAllAsync(string signal) => throw new NotImplementedException();

    /// <summary>Faults: BAD_NAME, NOT_RUNNING, NO_FILE when the process has closed its input, FAILED when a mebibyte
    /// waits there already.</summary>
    public Task SendStdinAsync(string name, byte[] text) => throw new NotImplementedException();

    /// <summary>A negative offset with length 0 is the last bytes; length 0 is to the end. Faults: BAD_ARGUMENTS,
    /// NO_FILE, FAILED.</summary>
    public Task<byte[]> ReadMainLogAsync(long offset, long length) => throw new NotImplementedException();

    /// <summary>Faults: NO_FILE, FAILED.</summary>
    public Task ClearMainLogAsync() => throw new NotImplementedException();

    /// <summary>As <see cref="ReadMainLogAsync"/>, and BAD_NAME. All that the process wrote before the call is in it.
    /// </summary>
    public Task<byte[]> ReadLogAsync(string name, OutputChannel channel, long offset, long length) =>
        throw new NotImplementedException();

    /// <summary>Empty where there is no file. Fault: BAD_NAME.</summary>
    public Task<LogTail> TailLogAsync(string name, OutputChannel channel, long offset, long length) =>
        throw new NotImplementedException();

    /// <summary>Empties both logs of a process. Faults: BAD_NAME, FAILED.</summary>
    public Task ClearLogsAsync(string name) => throw new NotImplementedException();

    public Task<IReadOnlyList<ProcessResult>> ClearAllLogsAsync() => throw new NotImplementedException();

    /// <summary>Reads the file again and says what it would change; changes nothing. Fault: CANT_REREAD.</summary>
    public Task<ConfigDiff> RereadAsync() => throw new NotImplementedException();

    /// <summary>Makes a group of the file read last active, and starts what is to start by itself. Faults: BAD_NAME,
    /// ALREADY_ADDED, FAILED (a FastCGI socket cannot be opened).</summary>
    public Task AddGroupAsync(string group) => throw new NotImplementedException();

    /// <summary>Faults: BAD_NAME, STILL_RUNNING.</summary>
    public Task RemoveGroupAsync(string group) => throw new NotImplementedException();

    /// <summary>Begins to stop everything; groups of the highest priority number first.</summary>
    public Task ShutdownAsync() => throw new NotImplementedException();

    /// <summary>As a shutdown, then the daemon starts anew with its file read again. Fault: CANT_REREAD, and nothing
    /// is stopped.</summary>
    public Task RestartAsync() => throw new NotImplementedException();

    /// <summary>Tells the listeners of REMOTE_COMMUNICATION.</summary>
    public Task SendRemoteEventAsync(string type, string data) => throw new NotImplementedException();

    /// <summary>Calls back for each event on the loop thread, until disposed: be short there, and never throw.</summary>
    public IDisposable Subscribe(Action<SupervisorEvent> callback) => throw new NotImplementedException();
}
