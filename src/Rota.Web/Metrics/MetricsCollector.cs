using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Rota.Jobs;

namespace Rota.Web.Metrics;

/// <summary>Listens to the figures of this process from its start on, and writes them for Prometheus.</summary>
/// <remarks>Measurements come on any thread and are added up under one lock per series; a scrape reads each series
/// under its lock. How many series an instrument may have is bounded; what is over is dropped.</remarks>
internal sealed class MetricsCollector(JobOperations jobs, IMeterFactory meters) : IHostedService, IDisposable
{
    private static readonly string[] MeterNames =
        [JobMetrics.MeterName, "System.Runtime", "Microsoft.AspNetCore.Hosting"];

    private readonly MeterListener _listener = new();
    private readonly SortedDictionary<string, Family> _families = new(StringComparer.Ordinal);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _listener.InstrumentPublished = Publish;
        Listen<long>(static value => value);
        Listen<int>(static value => value);
        Listen<double>(static value => value);
        _listener.Start();
        return Task.CompletedTask;
    }

    // Meters made by another host's factory in the same process are that host's.
    private void Publish(Instrument instrument, MeterListener listener)
    {
        if (!MeterNames.Contains(instrument.Meter.Name) || (instrument.Meter.Scope is { } scope && scope != meters))
            return;
        lock (_families)
        {
            var name = PrometheusName.Of(instrument);
            if (!_families.TryGetValue(name, out var family))
                _families.Add(name, family = Family.Of(name, instrument));
            listener.EnableMeasurementEvents(instrument, family);
        }
    }

    private void Listen<T>(Func<T, double> toDouble)
        where T : struct =>
        _listener.SetMeasurementEventCallback<T>(
            (_, value, tags, state) => ((Family)state!).Record(toDouble(value), tags));

    /// <summary>All figures in the text format 0.0.4.</summary>
    public async Task<string> WriteAsync(CancellationToken stop)
    {
        var counts = await jobs.CountAsync(stop);
        _listener.RecordObservableInstruments();
        var text = new PrometheusText();
        text.Head("rota_jobs", "gauge", "Jobs by queue and state");
        foreach (var group in counts.GroupBy(count => (count.Queue, count.State)))
        {
            text.Sample("rota_jobs", PrometheusText.Labels(("queue", group.Key.Queue),
                ("state", Api.Words.Of(group.Key.State))), group.Sum(count => count.Count));
        }
        lock (_families)
        {
            foreach (var family in _families.Values)
                family.Write(text);
        }
        return text.ToString();
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _listener.Dispose();
}
