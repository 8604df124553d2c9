namespace Rota.Bench;

/// <summary>What users ask, as paths of the API.</summary>
internal static class ScaleQueries
{
    private static readonly (string Name, string Filter)[] Lists =
    [
        ("all", ""),
        ("queued", "state=queued"), ("scheduled", "state=scheduled"), ("blocked", "state=blocked"),
        ("running", "state=running"), ("retrying", "state=retrying"), ("succeeded", "state=succeeded"),
        ("failed", "state=failed"), ("canceled", "state=canceled"), ("reason", "reason=timeout"),
        ("kind", "kind=kind-7"), ("queue", "queue=queue-7"), ("deep queue", "queue=default"),
        ("tag", "tag=tag-7"), ("common tag", "tag=common"), ("schedule", "schedule=schedule-7"),
        ("project", "project=project-7"), ("small project", "project=rare"), ("default project", "project=default"),
        ("search", "q=asked_ticks"), ("search for nothing", "q=never-there"),
        ("queue, search", "queue=queue-7&q=never-there"),
        ("tag, failed", "tag=tag-7&state=failed"), ("common tag, failed", "tag=common&state=failed"),
        ("common tag, queued", "tag=common&state=queued"), ("common tag, running", "tag=common&state=running"),
        ("common tag, retrying", "tag=common&state=retrying"),
        ("project, failed", "project=project-7&state=failed"), ("small project, failed", "project=rare&state=failed"),
        ("project, queued", "project=project-7&state=queued"),
        ("small project, succeeded", "project=rare&state=succeeded"),
        ("project, kind", "project=project-7&kind=kind-7"), ("small project, queue", "project=rare&queue=default"),
        ("project, tag", "project=project-7&tag=common"),
        ("kind, failed", "kind=kind-7&state=failed"), ("kind, queued", "kind=bench.noop&state=queued"),
        ("kind, succeeded", "kind=kind-7&state=succeeded"), ("queue, failed", "queue=queue-7&state=failed"),
        ("queue, kind, succeeded", "queue=default&kind=kind-7&state=succeeded"),
        ("schedule, succeeded", "schedule=schedule-7&state=succeeded"),
        ("schedule, failed", "schedule=schedule-7&state=failed"),
    ];

    /// <param name="Name">For the table.</param>
    /// <param name="Path">With <c>{n}</c> where a number of the request is to stand, and <c>{failed}</c> the id of a
    /// job that failed.</param>
    public sealed record Query(string Name, string Path)
    {
        public string Of(int request) => Path
            .Replace("{n}", $"{(request + 1) * 7}", StringComparison.Ordinal)
            .Replace("{failed}", $"{ScaleFill.FailedId(request + 1)}", StringComparison.Ordinal);
    }

    /// <summary>Each list from its beginning and from the middle of all jobs.</summary>
    public static IEnumerable<Query> All(ScaleSizes sizes)
    {
        foreach (var (name, filter) in Lists)
        {
            yield return new Query(name, $"jobs?{filter}");
            yield return new Query($"{name}; deep", $"jobs?{filter}&before={sizes.Ended / 2}");
        }
        yield return new Query("a page of 1,000", "jobs?limit=1000");
        yield return new Query("counts", "jobs/counts");
        yield return new Query("queues", "queues");
        yield return new Query("schedules", "schedules");
        yield return new Query("a schedule", "schedules/schedule-7");
        yield return new Query("its occurrences", "schedules/schedule-7/occurrences");
        yield return new Query("an ended job", "jobs/{n}00");
        yield return new Query("a failed job", "jobs/{failed}");
        yield return new Query("its attempts", "jobs/{failed}/attempts");
        yield return new Query("a queued job", $"jobs/{sizes.Ended + (sizes.Queued / 2)}");
        yield return new Query("a job by key", "jobs/key:order-{n}03");
        yield return new Query("nodes", "nodes");
    }
}
