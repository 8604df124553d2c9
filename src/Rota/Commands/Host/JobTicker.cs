using System.Diagnostics.Metrics;
using System.Threading.Channels;
using Microsoft.Extensions.DependencyInjection;
using Rota.Jobs;
using Rota.Storage;
using Spectre.Console;

namespace Rota.Commands;

/// <summary>Prints each job that ends, as one line.</summary>
/// <remarks>An ended attempt is told by the instrument that measures it; then the newest jobs are read, at most twice a
/// second, so that a flood of jobs costs two reads a second and shows a sample of them.</remarks>
internal sealed class JobTicker(IServiceProvider services, Terminal terminal)
{
    private const int PageMax = 100, KnownMax = 1_000;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly JobOperations _jobs = services.GetRequiredService<JobOperations>();
    private readonly IAnsiConsole _console = terminal.Console();
    private readonly Queue<JobId> _known = new();

    public async Task RunAsync(CancellationToken stop)
    {
        var ended = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, listening) =>
        {
            if (instrument is { Name: "rota.job.duration", Meter.Name: JobMetrics.MeterName })
                listening.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((_, _, _, _) => ended.Writer.TryWrite(true));
        listener.Start();
        var since = terminal.Clock.GetUtcNow();
        ended.Writer.TryWrite(true);
        try
        {
            while (await ended.Reader.WaitToReadAsync(stop))
            {
                await Task.Delay(Pause, terminal.Clock, stop);
                ended.Reader.TryRead(out _);
                await ShowAsync(since, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The server stops.
        }
    }

    private async Task ShowAsync(DateTimeOffset since, CancellationToken stop)
    {
        var jobs = await _jobs.ListAsync(new JobFilter(), before: null, PageMax, stop);
        foreach (var job in jobs.Where(job => job.EndedAt >= since && !_known.Contains(job.Id)).OrderBy(job => job.EndedAt))
        {
            _known.Enqueue(job.Id);
            if (_known.Count > KnownMax)
                _known.Dequeue();
            await WriteAsync(job, stop);
        }
    }

    private async Task WriteAsync(Job job, CancellationToken stop)
    {
        var lines = await _jobs.LogAsync(job.Id, token: null, after: null, PageMax, stop);
        var said = job.Error ?? (lines.Count > 0 ? lines[^1].Text : "");
        var state = Show.State(job.State.ToString().ToLowerInvariant());
        var ran = job.EndedAt - job.StartedAt is { } duration ? Show.Short(duration) : "";
        var time = job.EndedAt!.Value.ToLocalTime().ToString("HH:mm:ss"); // it has ended
        _console.MarkupLine($"{time}  job {job.Id}  {Markup.Escape(job.Kind)}  {Grid.Styled(state)}  {ran}  "
            + Markup.Escape(Clean.Line(said.Length <= 160 ? said : said[..160])));
    }
}
