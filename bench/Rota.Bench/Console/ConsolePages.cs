namespace Rota.Bench;

/// <summary>What people open in the console.</summary>
/// <param name="IsList">A list of jobs, as its filters and tabs ask for it.</param>
/// <param name="Path">Below <c>/console</c>.</param>
internal sealed record ConsolePage(string Name, string Path, bool IsList)
{
    private static readonly string[] States =
        ["queued", "running", "scheduled", "blocked", "retrying", "succeeded", "failed", "canceled"];

    private static readonly (string Name, string Filter)[] Filters =
    [
        ("kind", "kind:kind-7"), ("queue", "queue:queue-7"), ("deep queue", "queue:default"), ("tag", "tag:tag-7"),
        ("common tag", "tag:common"), ("schedule", "schedule:schedule-7"), ("project", "project:project-7"),
        ("error", "error:timeout"), ("kind and queue", "kind:kind-7 queue:default"),
    ];

    public static IEnumerable<ConsolePage> All(ScaleSizes sizes)
    {
        yield return new("jobs", "/jobs", true);
        yield return new("jobs, deep", $"/jobs?before={sizes.Ended / 2}", true);
        foreach (var state in States)
            yield return new($"jobs, {state}", $"/jobs?state={state}", true);
        foreach (var (name, filter) in Filters)
        {
            var words = Uri.EscapeDataString(filter);
            yield return new($"jobs, {name}", $"/jobs?filter={words}", true);
            yield return new($"jobs, {name}, failed", $"/jobs?filter={words}&state=failed", true);
        }
        foreach (var place in new[] { "", "/errors", "/schedules", "/queues", "/plugins", "/nodes", "/metrics",
            "/secrets", "/webhooks", "/users", "/tokens", "/audit", "/health" })
        {
            yield return new(place.Length == 0 ? "overview" : place[1..], place, false);
        }
        yield return new("a schedule", "/schedules/schedule-7", false);
        yield return new("a new schedule", "/schedules/-/new", false);
        yield return new("an ended job", $"/jobs/{sizes.Ended / 2}", false);
        yield return new("a failed job", $"/jobs/{ScaleFill.FailedId(sizes.Ended / 202)}", false);
        yield return new("a queued job", $"/jobs/{sizes.Ended + (sizes.Queued / 2)}", false);
        yield return new("find", "/find?q=schedule-7", false);
    }
}
