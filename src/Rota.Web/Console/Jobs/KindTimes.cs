using Rota.Jobs;

namespace Rota.Web.Console.Jobs;

/// <summary>How long the newest jobs of a kind ran, and how long they had waited.</summary>
/// <param name="Run">Of what succeeded.</param>
/// <param name="Wait">From the enqueue, or from the time it was asked for, to the start; of those that needed one
/// attempt.</param>
public sealed record KindTimes(string Kind, int Count, Quantiles Run, Quantiles Wait)
{
    private const int PointsMax = 60;

    public static KindTimes Of(string kind, IReadOnlyList<Job> ended) => new(kind, ended.Count,
        Quantiles.Of(ended.Select(RunOf)), Quantiles.Of(ended.Where(job => job.Attempt == 1).Select(WaitOf)));

    private static double RunOf(Job job) =>
        Math.Max(0, (job.EndedAt.GetValueOrDefault() - job.StartedAt.GetValueOrDefault()).TotalSeconds);

    private static double WaitOf(Job job)
    {
        var ready = job.DueAt > job.CreatedAt ? job.DueAt.Value : job.CreatedAt;
        return Math.Max(0, (job.StartedAt.GetValueOrDefault() - ready).TotalSeconds);
    }

    /// <summary>Jobs in equal stretches of time, for a chart: seconds since 1970, and the quantiles of how long they
    /// ran. A stretch without jobs is left out.</summary>
    public static IReadOnlyList<(double At, Quantiles Run)> Over(IReadOnlyList<Job> ended)
    {
        if (ended.Count == 0)
            return [];
        var times = ended.Select(job => job.EndedAt.GetValueOrDefault()).ToList();
        var (first, last) = (times.Min(), times.Max());
        var step = (last - first) / PointsMax + TimeSpan.FromMilliseconds(1);
        return [.. ended.GroupBy(job => (job.EndedAt.GetValueOrDefault() - first).Ticks / step.Ticks)
            .OrderBy(group => group.Key)
            .Select(group => ((first + step * group.Key).ToUnixTimeMilliseconds() / 1000.0,
                Quantiles.Of(group.Select(RunOf))))];
    }
}

/// <summary>Three points of a distribution, by the nearest rank; all NaN when it is empty.</summary>
public readonly record struct Quantiles(double P50, double P95, double P99)
{
    public static Quantiles Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return new Quantiles(At(0.50), At(0.95), At(0.99));

        double At(double rank) =>
            sorted.Count == 0 ? double.NaN : sorted[Math.Max(0, (int)Math.Ceiling(rank * sorted.Count) - 1)];
    }
}
