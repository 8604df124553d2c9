using Rota.Jobs;
using Rota.Storage;

namespace Rota.Flows;

/// <summary>What people and programs ask of jobs that wait for each other.</summary>
public sealed class FlowOperations(IFlowStore flows)
{
    private const int JobsMax = 500, FoundMax = 20_000;

    /// <summary>A job with all that came before it and comes after it, near ones first. Jobs that are deleted are left
    /// out.</summary>
    public async Task<JobGraph> GraphAsync(JobId id, CancellationToken stop)
    {
        var (told, others) = (new HashSet<JobId> { id }, new HashSet<JobId>());
        var edges = new HashSet<(JobId From, JobId To)>();
        var isCut = false;
        for (IReadOnlyList<JobId> near = [id]; near.Count > 0;)
        {
            // What comes after goes first: before a batch there may be thousands.
            var after = await flows.DependentsAsync(near, FoundMax, stop);
            var before = await flows.DependenciesAsync(near, FoundMax, stop);
            edges.UnionWith(after.Concat(before).Select(edge => (edge.OnId, edge.Id)));
            var found = after.Select(edge => edge.Id).Concat(before.Select(edge => edge.OnId)).Distinct()
                .Where(job => !told.Contains(job) && !others.Contains(job)).ToList();
            near = [.. found.Take(JobsMax - told.Count)];
            told.UnionWith(near);
            others.UnionWith(found.Skip(near.Count).Take(FoundMax - others.Count));
            isCut |= after.Count == FoundMax || before.Count == FoundMax || others.Count == FoundMax;
        }
        var jobs = await flows.JobsAsync([.. told], stop);
        var more = await flows.JobsAsync([.. others], stop);
        told = [.. jobs.Select(job => job.Id)];
        return new JobGraph(jobs, [.. edges.Where(edge => told.Contains(edge.From) && told.Contains(edge.To)).Order()],
            Groups(more, edges, told), isCut || more.Count > 0);
    }

    /// <summary>The states of those of these jobs that are there, in one read.</summary>
    public async Task<IReadOnlyDictionary<JobId, JobState>> StatesAsync(
        IEnumerable<JobId> ids, CancellationToken stop) =>
        (await flows.JobsAsync([.. ids.Distinct()], stop)).ToDictionary(job => job.Id, job => job.State);

    private static List<JobGroup> Groups(
        IReadOnlyList<Job> jobs, HashSet<(JobId From, JobId To)> edges, HashSet<JobId> told)
    {
        var from = edges.Where(edge => told.Contains(edge.From)).ToLookup(edge => edge.To, edge => edge.From);
        var to = edges.Where(edge => told.Contains(edge.To)).ToLookup(edge => edge.From, edge => edge.To);
        return [.. jobs
            .Select(job => new JobGroup(job.State, 1, [.. from[job.Id].Order()], [.. to[job.Id].Order()]))
            .GroupBy(one => (one.State, string.Join(',', one.From), string.Join(',', one.To)))
            .Select(group => group.First() with { Count = group.Count() })];
    }
}

/// <summary>Jobs and what runs after what.</summary>
/// <param name="Jobs">By id, so that each stands behind all it depends on; at most 500.</param>
/// <param name="Edges">By the job that comes first.</param>
/// <param name="More">Jobs that are only counted.</param>
/// <param name="IsTruncated">There is more than <paramref name="Jobs"/> tells.</param>
public sealed record JobGraph(IReadOnlyList<Job> Jobs, IReadOnlyList<(JobId From, JobId To)> Edges,
    IReadOnlyList<JobGroup> More, bool IsTruncated);

/// <summary>Jobs in the same state between the same others.</summary>
/// <param name="From">Those of the graph that all of them depend on.</param>
/// <param name="To">Those of the graph that depend on all of them.</param>
public sealed record JobGroup(JobState State, int Count, IReadOnlyList<JobId> From, IReadOnlyList<JobId> To);
