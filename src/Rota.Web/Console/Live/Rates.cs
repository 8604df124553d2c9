using System.Text.Json;
using Rota.Web.Console.Parts;

namespace Rota.Web.Console.Live;

/// <summary>What the samples of the last hour say of speed: ended jobs a minute, and how many were queued.</summary>
public sealed class Rates
{
    private static readonly TimeSpan Recent = TimeSpan.FromMinutes(1);

    private readonly List<(long At, double Succeeded, double Failed, long Queued)> _points = [];

    /// <param name="samples">Oldest first.</param>
    public Rates(IReadOnlyList<Sample> samples)
    {
        foreach (var (before, after) in samples.Zip(samples.Skip(1)))
        {
            var minutes = (after.At - before.At).TotalMinutes;
            _points.Add((after.At.ToUnixTimeSeconds(), Rate(JobState.Succeeded), Rate(JobState.Failed),
                after[JobState.Queued]));

            // Retention makes counters smaller, which is no speed.
            double Rate(JobState state) => Math.Round(Math.Max(0, after[state] - before[state]) / minutes, 1);
        }
        var last = samples.Where(sample => sample.At >= samples[^1].At - Recent).ToList();
        Summary = last.Count < 2
            ? "The first figures come within half a minute."
            : $"In the last minute {Ended(last, JobState.Succeeded):N0} jobs succeeded and "
                + $"{Ended(last, JobState.Failed):N0} failed.";
    }

    /// <summary>What the columns of <see cref="Json"/> are.</summary>
    public static IReadOnlyList<ChartLine> Lines { get; } =
    [
        new("succeeded a minute", "succeeded", IsFilled: true), new("failed a minute", "failed"),
        new("queued", "queued", IsAside: true),
    ];

    /// <summary>The chart in words.</summary>
    public string Summary { get; }

    public bool IsEmpty => _points.Count == 0;

    /// <summary>Columns as uPlot takes them: seconds, succeeded a minute, failed a minute, queued.</summary>
    public string Json => JsonSerializer.Serialize<object[]>(
    [
        _points.Select(point => point.At), _points.Select(point => point.Succeeded),
        _points.Select(point => point.Failed), _points.Select(point => point.Queued),
    ]);

    private static long Ended(List<Sample> samples, JobState state) =>
        samples.Zip(samples.Skip(1)).Sum(pair => Math.Max(0, pair.Second[state] - pair.First[state]));
}
