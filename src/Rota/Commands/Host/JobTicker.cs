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
        var ended = Channel.CreateBounded<bool>(
            new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
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
        var page = await _jobs.ListAsync(new JobFilter(), before: null, PageMax, stop);
        var ended = page.Jobs.Where(job => job.EndedAt >= since && !_known.Contains(job.Id));
        foreach (var job in ended.OrderBy(job => job.EndedAt))
        {
            _known.Enqueue(job.Id);
            if (_known.Count > KnownMax)
                _known.Dequeue();
            await WriteAsync(job, stop);
        }
    }

    /// <summary>One line each, so that the list stays a list.</summary>
    private string Fit(string text, int used)
    {
        var room = Math.Max(10, _console.Profile.Width - used - 1);
        return text.Length <= room ? text : text[..(room - 1)] + "…";
    }

    private async Task WriteAsync(Job job, CancellationToken stop)
    {
        var lines = await _jobs.LogAsync(job.Id, token: null, after: null, PageMax, stop);
        var said = job.Error ?? (lines.Count > 0 ? lines[^1].Text : "");
        var state = Show.State(job.State.ToString().ToLowerInvariant());
        var ran = job.EndedAt - job.StartedAt is { } duration ? Show.Short(duration) : "";
        var time = job.EndedAt!.Value.ToLocalTime().ToString("HH:mm:ss"); // it has ended
        var (before, after) = ($"{time}  job {job.Id}  {job.Kind}  ", $"  {ran}  {Clean.Line(said)}");
        if (!terminal.IsRich)
            terminal.Out.WriteLine(before + state.Text + after);
        else
            _console.MarkupLine(Markup.Escape(before) + Grid.Styled(state)
                + Markup.Escape(Fit(after, before.Length + state.Text.Length)));
    }
}
