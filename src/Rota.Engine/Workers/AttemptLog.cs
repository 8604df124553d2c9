using Microsoft.Extensions.Logging;
using Rota.Storage;

namespace Rota.Workers;

/// <summary>The log of one attempt: numbers the lines, bounds them, masks secrets, hands them to the
/// reporter.</summary>
internal sealed class AttemptLog(
    Claimed job, int linesMax, Func<string, string> mask, Reporter reporter, TimeProvider clock) : ILogger
{
    private const int LineCharactersMax = 8_192, CharactersMax = 16 << 20;
    private static readonly AsyncLocal<AttemptLog?> CurrentLog = new();

    private readonly Lock _lock = new();
    private int _lines;
    private int _characters;
    private long _dropped;
    private bool _isClosed;

    /// <summary>The log of the attempt that this code runs in, or null.</summary>
    public static AttemptLog? Current
    {
        get => CurrentLog.Value;
        set => CurrentLog.Value = value;
    }

    public bool HasLines => Volatile.Read(ref _lines) > 0;

    public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
            return;
        var text = formatter(state, exception);
        Write(logLevel, exception is null ? text : $"{text}\n{exception}");
    }

    public void Write(LogLevel level, string text)
    {
        text = mask(text);
        if (text.Length > LineCharactersMax)
            text = string.Concat(text.AsSpan(0, LineCharactersMax), "…");
        lock (_lock)
        {
            if (_isClosed)
                return;
            if (_lines < linesMax && _characters < CharactersMax)
                Append(level, text);
            else
                _dropped++;
        }
    }

    private void Append(LogLevel level, string text)
    {
        _characters += text.Length;
        reporter.Add(new LogLine(job.Id, job.Token, ++_lines, clock.GetUtcNow(), level, text));
    }

    /// <summary>Takes no line from now on, and says how many were dropped.</summary>
    public void Close()
    {
        lock (_lock)
        {
            if (!_isClosed && _dropped > 0)
                Append(LogLevel.Warning,
                    $"{_dropped:N0} more lines were dropped: an attempt keeps {linesMax:N0} lines and 16 MiB.");
            _isClosed = true;
        }
    }
}

/// <summary>Brings the lines of every logger that writes during an attempt into that attempt's log.</summary>
[ProviderAlias("Attempt")]
internal sealed class AttemptLogProvider : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => new Forwarder();

    public void Dispose()
    {
    }

    private sealed class Forwarder : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => AttemptLog.Current is not null && logLevel >= LogLevel.Information;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                AttemptLog.Current?.Log(logLevel, eventId, state, exception, formatter);
        }
    }
}
