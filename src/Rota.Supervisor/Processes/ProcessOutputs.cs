using Rota.Supervisor.Config;
using Rota.Supervisor.Events;
using Rota.Supervisor.Logs;
using Rota.Supervisor.Native;
using Rota.Supervisor.Processes.Readiness;

namespace Rota.Supervisor.Processes;

/// <summary>The two logs of one process, and the readers of its pipes while it runs. Owned by the loop
/// thread.</summary>
internal sealed class ProcessOutputs(string group, ProcessConfig config, bool isListener, ProcessSurroundings around)
{
    private readonly LogFile? _stdout = FileOf(config.Stdout, around);
    private readonly LogFile? _stderr = config.RedirectStderr ? null : FileOf(config.Stderr, around);
    private List<OutputReader> _readers = [];
    private Func<LinePattern?>? _pattern;

    public string StdoutPath => _stdout?.Path ?? "";

    public string StderrPath => _stderr?.Path ?? "";

    public string PathOf(OutputChannel channel) => channel == OutputChannel.Stdout ? StdoutPath : StderrPath;

    /// <summary>Opens the logs of the next run: before it is spawned, since a process without its log is not
    /// started.</summary>
    /// <exception cref="SystemCallException">One of them cannot be opened; none is left open.</exception>
    public (int? Stdout, int? Stderr) OpenLogs()
    {
        int? stdout = _stdout is null ? null : LogFile.OpenPath(_stdout.Path);
        try
        {
            return (stdout, _stderr is null ? null : LogFile.OpenPath(_stderr.Path));
        }
        catch (SystemCallException)
        {
            CloseLogs((stdout, null));
            throw;
        }
    }

    public static void CloseLogs((int? Stdout, int? Stderr) logs)
    {
        Descriptors.Close(logs.Stdout ?? -1);
        Descriptors.Close(logs.Stderr ?? -1);
    }

    /// <summary>Begins to read a new child.</summary>
    /// <param name="onWords">What a listener says on its stdout.</param>
    /// <param name="pattern">What looks for a sign in an output; made for each.</param>
    public void Read(Spawner.Child child, (int? Stdout, int? Stderr) logs, Action<byte[]>? onWords,
        Func<LinePattern?>? pattern)
    {
        _pattern = pattern;
        _readers = [Open(OutputChannel.Stdout, child.Pid, child.Stdout, logs.Stdout, onWords, null)];
        if (child.Stderr is { } stderr)
            _readers.Add(Open(OutputChannel.Stderr, child.Pid, stderr, logs.Stderr, null, null));
    }

    /// <summary>Reads on in the pipes of a child that was handed over.</summary>
    public void ReadOn(ChildHandOver child, Action<byte[]>? onWords, Func<LinePattern?>? pattern)
    {
        _pattern = pattern;
        if (child.Stdout is { } stdout)
            _readers.Add(Open(OutputChannel.Stdout, child.Pid, stdout.Descriptor, TryOpen(_stdout), onWords, stdout));
        if (child.Stderr is { } stderr)
            _readers.Add(Open(OutputChannel.Stderr, child.Pid, stderr.Descriptor, TryOpen(_stderr), null, stderr));
    }

    /// <summary>On the output thread: reads no more, and says where it is.</summary>
    public (PipeHandOver? Stdout, PipeHandOver? Stderr) Park()
    {
        var readers = _readers;
        var stdout = readers.Find(reader => reader.Channel == OutputChannel.Stdout);
        var stderr = readers.Find(reader => reader.Channel == OutputChannel.Stderr);
        return (stdout?.Park(), stderr?.Park());
    }

    /// <summary>On the output thread: reads on after all.</summary>
    public void Unpark() => _readers.ForEach(reader => reader.Resume());

    /// <summary>Reads what the pipes hold, then calls back on the output thread.</summary>
    public void Drain(Action then) => around.Output.Drain(_readers, then);

    /// <summary>The process has ended; what its descendants write is read for a second.</summary>
    public void Linger()
    {
        var readers = _readers;
        _readers = [];
        around.Output.Loop.Post(() => readers.ForEach(reader => reader.Linger()));
    }

    public void Reopen() => around.Output.Loop.Post(() =>
    {
        _stdout?.Reopen();
        _stderr?.Reopen();
    });

    /// <summary>Empties both logs.</summary>
    public Task ClearAsync() => around.Output.Loop.AskAsync(() =>
    {
        _stdout?.Clear();
        _stderr?.Clear();
        return true;
    });

    private OutputReader Open(OutputChannel channel, int pid, int descriptor, int? log, Action<byte[]>? onWords,
        PipeHandOver? former)
    {
        var of = channel == OutputChannel.Stdout ? config.Stdout : config.Stderr;
        // The words of a listener belong to the protocol: no events are made of them.
        var isProtocol = onWords is not null;
        var events = new OutputEvents(group, config.Name, pid, channel);
        var sink = new OutputSink(config.Name, channel, around.Log)
        {
            File = channel == OutputChannel.Stdout ? _stdout : _stderr,
            ToSyslog = of.Syslog,
            Ansi = around.StripAnsi ? new() : null,
            Limit = of.RateLimit > 0 ? new($"{channel.Word}_rate_limit", of.RateLimit, around.Time) : null,
            Json = of.Format == LogFormat.Json ? new(group, config.Name, pid, channel, around.Time) : null,
            Capture = of.CaptureMaxBytes > 0 && !isProtocol ? new(of.CaptureMaxBytes) : null,
            Awaited = _pattern?.Invoke(),
            OnWords = onWords is null ? null : words => around.Loop.PostWithRoom(() => onWords(words)),
            OnLog = of.EventsEnabled && !isProtocol && !isListener ? text => Tell(events.Log(text)) : null,
            OnCaptured = text => Tell(events.Communication(text)),
        };
        if (former is not null)
            sink.Restore(former);
        return around.Output.Read(descriptor, sink, log);
    }

    private int? TryOpen(LogFile? log)
    {
        try
        {
            return log is null ? null : LogFile.OpenPath(log.Path);
        }
        catch (SystemCallException error)
        {
            around.Log.Error($"the log of '{config.Name}' is not written any more: {error.Message}");
            return null;
        }
    }

    private void Tell(SupervisorEvent happened) => around.Loop.PostWithRoom(() => around.Events.Tell(happened));

    private static LogFile? FileOf(OutputConfig config, ProcessSurroundings around) =>
        config.Path is { Length: > 0 } path
            ? new(path, config.MaxBytes, config.Backups, around.Time)
            {
                KeepsLines = config.Format == LogFormat.Json,
                Removal = around.Output.Removal,
            }
            : null;
}
