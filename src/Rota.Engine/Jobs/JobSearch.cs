using Rota.Storage;

namespace Rota.Jobs;

/// <summary>A part of a list of jobs.</summary>
/// <param name="Next">Where the next part begins: jobs before this one. Null at the end. A search may be cut short, so
/// that there is a next part although this one holds few jobs or none.</param>
public sealed record JobPage(IReadOnlyList<Job> Jobs, JobId? Next);

/// <summary>Looks for a text in jobs, a stretch of ids at a time.</summary>
/// <remarks>An index over all text would be larger than the jobs. So a search reads as many jobs as it can in a moment
/// and says how far it came; whoever wants to know more goes on from there.</remarks>
internal static class JobSearch
{
    private const long StretchMin = 1_000;
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Brief = TimeSpan.FromMilliseconds(15);

    /// <param name="filter">With a text to look for.</param>
    public static async Task<JobPage> FindAsync(
        IJobStore store, JobFilter filter, JobId? before, int limit, TimeProvider clock, CancellationToken stop)
    {
        var beganAt = clock.GetTimestamp();
        var found = new List<Job>();
        var to = before?.Value ?? await BehindNewestAsync(store, stop);
        for (var stretch = StretchMin; to > 1;)
        {
            var askedAt = clock.GetTimestamp();
            var from = Math.Max(1, to - stretch);
            try
            {
                found.AddRange(await store.ListAsync(
                    filter with { From = new JobId(from) }, new JobId(to), limit - found.Count, stop));
            }
            catch (StorageException error) when (error.Code == "storage.too_slow" && stretch > 1)
            {
                stretch = Math.Max(1, stretch / 16); // jobs with a mebibyte of arguments each
                continue;
            }
            if (found.Count == limit)
                return new JobPage(found, found[^1].Id);
            to = from;
            if (clock.GetElapsedTime(beganAt) > Moment)
                break;
            stretch = clock.GetElapsedTime(askedAt) < Brief ? stretch * 2 : Math.Max(StretchMin, stretch / 2);
        }
        return new JobPage(found, to > 1 ? new JobId(to) : null);
    }

    private static async Task<long> BehindNewestAsync(IJobStore store, CancellationToken stop) =>
        await store.ListAsync(new JobFilter(), before: null, limit: 1, stop) is [var newest] ? newest.Id.Value + 1 : 0;
}
