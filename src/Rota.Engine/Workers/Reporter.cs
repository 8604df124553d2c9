using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Rota.Storage;

namespace Rota.Workers;

/// <summary>Writes the log lines and the progress of running attempts, many at a time.</summary>
/// <remarks>Lines wait at most 200 ms; an attempt that ends flushes first, so that its log is whole before its outcome.
/// When the store cannot take lines, the newest wait up to a limit and the rest is dropped: work goes before
/// log.</remarks>
internal sealed class Reporter(IAttemptStore store, TimeProvider clock, ILogger<Reporter> log) : BackgroundService
{
    private const int LinesMax = 100_000;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _flushing = new(1);
    private readonly AsyncSignal _added = new();
    private List<LogLine> _lines = [];
    private Dictionary<long, ProgressNote> _progress = [];

    public void Add(LogLine line)
    {
        lock (_lock)
        {
            if (_lines.Count < LinesMax)
                _lines.Add(line);
        }
        _added.Set();
    }

    public void Set(ProgressNote note)
    {
        lock (_lock)
            _progress[note.Token] = note;
        _added.Set();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await _added.WaitAsync(Timeout.InfiniteTimeSpan, clock, stoppingToken);
            await FlushAsync();
            await Task.Delay(Pause, clock, stoppingToken);
        }
    }

    /// <summary>Returns when all lines added before are stored, or lost to a store that cannot write.</summary>
    public async Task FlushAsync()
    {
        await _flushing.WaitAsync();
        try
        {
            List<LogLine> lines;
            Dictionary<long, ProgressNote> progress;
            lock (_lock)
            {
                (lines, progress) = (_lines, _progress);
                (_lines, _progress) = ([], []);
            }
            if (lines.Count + progress.Count > 0)
                await store.ReportAsync(lines, [.. progress.Values], CancellationToken.None);
        }
        catch (StorageException error)
        {
            log.LinesLost(error.Why());
        }
        finally
        {
            _flushing.Release();
        }
    }
}
