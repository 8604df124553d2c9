using System.Text;
using Rota.Supervisor.Config;
using Rota.Supervisor.Native;
using Rota.Supervisor.Processes;

namespace Rota.Supervisor.Logs;

/// <summary>The daemon's own log: `2026-11-22 05:00:00,123 INFO spawned: 'cat' with pid 12`.</summary>
/// <remarks>A line gets its time where it is said and is written by the output thread. When the disk does not keep up,
/// lines beyond a limit are dropped and counted: the supervisor itself never waits for its log.</remarks>
internal sealed class MainLog(LogLevel level, EventLoop output, TimeProvider time) : IDisposable
{
    private const int MostWaiting = 50_000;

    private static readonly string[] Words = ["CRIT", "ERRO", "WARN", "INFO", "DEBG", "TRAC", "BLAT"];

    private LogFile? _file;
    private StandardOutput? _stdout;
    private bool _toSyslog;
    private int _waiting;
    private int _dropped;

    /// <summary>Null when it goes to syslog or nowhere.</summary>
    public string? Path => _file?.Path;

    /// <summary>Opens it, before anything is said.</summary>
    /// <exception cref="SystemCallException">The file cannot be opened.</exception>
    public void Open(DaemonConfig config)
    {
        _stdout = config.NoDaemon && !config.Silent ? new(output) : null;
        _toSyslog = config.LogFile == "syslog";
        if (_toSyslog)
            return;
        _file = new(config.LogFile, config.LogFileMaxBytes, config.LogFileBackups, time);
        _file.Adopt(LogFile.OpenPath(config.LogFile));
    }

    public bool Writes(LogLevel wanted) => wanted <= level;

    public void Critical(string text) => Say(LogLevel.Critical, text);

    public void Error(string text) => Say(LogLevel.Error, text);

    public void Warn(string text) => Say(LogLevel.Warn, text);

    public void Info(string text) => Say(LogLevel.Info, text);

    public void Debug(string text) => Say(LogLevel.Debug, text);

    public void Blather(string text) => Say(LogLevel.Blather, text);

    public void Say(LogLevel of, string text)
    {
        if (!Writes(of))
            return;
        if (Interlocked.Increment(ref _waiting) > MostWaiting)
        {
            Interlocked.Decrement(ref _waiting);
            Interlocked.Increment(ref _dropped);
            return;
        }
        var line = $"{time.GetLocalNow():yyyy-MM-dd HH:mm:ss,fff} {Words[(int)of]} {text}\n";
        output.Post(() => Write(line));
    }

    /// <summary>On the output thread, like the rest.</summary>
    public void Reopen() => _file?.Reopen();

    public void Clear() => _file?.Clear();

    public void Dispose() => _file?.Dispose();

    private void Write(string line)
    {
        Interlocked.Decrement(ref _waiting);
        if (Interlocked.Exchange(ref _dropped, 0) is > 0 and var dropped)
            Error($"{dropped} lines of this log were dropped: it could not be written as fast as they came");
        var bytes = Encoding.UTF8.GetBytes(line);
        _stdout?.Write(bytes);
        if (_toSyslog)
            SystemLog.Write(line.TrimEnd('\n'));
        _file?.Write(bytes, out _);
    }
}
