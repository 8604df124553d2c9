using Rota.Access;
using Rota.Jobs;
using Rota.Plugins;
using Rota.Schedules;
using Rota.Web.Console.Actions;
using Rota.Web.Console.Layout;
using Rota.Web.Console.Live;
using Rota.Web.Supervisors;

namespace Rota.Web.Console.Search;

/// <summary>Something that a person may want to go to.</summary>
/// <param name="Icon">Of icons.txt.</param>
/// <param name="What">The kind of thing, such as <c>schedule</c>.</param>
public sealed record Found(string Icon, string What, string Name, string Address);

/// <remarks>A host that embeds Rota may have no plug-ins.</remarks>
/// <summary>Finds things by a piece of their name: kinds, schedules, queues, plug-ins, pages and what can be done; and
/// a job by its number.</summary>
internal sealed class Find(JobOperations jobs, HandlerRegistry handlers, ScheduleOperations schedules,
    Counts counts, SupervisorOperations supervisors, PluginManager? plugins = null)
{
    private const int EachMax = 8, SchedulesRead = 10_000;

    private static readonly (string Icon, string Name, string Address, Role Needs)[] Does =
    [
        ("plus", "New schedule", "/console/schedules/-/new", Role.Operator),
        ("refresh", "Retry failed jobs", "/console/jobs?state=failed", Role.Operator),
        ("download", "Export jobs as CSV", "/console/jobs/export?format=csv", Role.Viewer),
        ("terminal-2", "Description of the HTTP API", "/docs", Role.Viewer),
    ];

    /// <param name="text">Empty: the pages and what can be done.</param>
    /// <param name="may">Whether the person has a role.</param>
    public async Task<IReadOnlyList<Found>> FindAsync(string text, Func<Role, bool> may, CancellationToken stop)
    {
        text = text.Trim();
        var pages = Places.All.Where(place => may(place.Needs))
            .Select(place => new Found(place.Icon, "page", place.Name, place.Address));
        var does = Does.Where(one => may(one.Needs)).Select(one => new Found(one.Icon, "do", one.Name, one.Address));
        if (text.Length == 0)
            return [.. pages, .. does];
        var counted = await counts.ReadAsync(stop);
        var kinds = handlers.All.Select(handler => handler.Kind).Concat(counted.Select(count => count.Kind)).Distinct()
            .Select(kind => new Found("list-details", "jobs of", kind,
                $"/console/jobs?kind={Uri.EscapeDataString(kind)}"));
        var named = (await schedules.ListAsync(tag: null, after: null, SchedulesRead, stop))
            .Select(one => new Found("calendar-event", "schedule", one.Name, ScheduleActions.Address(one.Name)));
        var filled = counted.Select(count => count.Queue).Distinct().Select(queue => new Found(
            "stack-2", "queue", queue, $"/console/jobs?queue={Uri.EscapeDataString(queue)}"));
        var loaded = (plugins?.All ?? []).Select(one => new Found("plug", "plug-in", one.Name, "/console/plugins"));
        var processes = supervisors.Seen().SelectMany(one => one.Processes).Select(one => new Found("cpu", "process",
            ProcessAddress.Source(one.Supervisor, one.Name), ProcessAddress.Page(one.Supervisor, one.Name)));
        return [.. await JobAsync(text, stop),
            .. new[] { pages, does, kinds, named, filled, loaded, processes }.SelectMany(group => Best(group, text))];
    }

    private async Task<IEnumerable<Found>> JobAsync(string text, CancellationToken stop)
    {
        try
        {
            var job = await jobs.GetAsync(text, stop);
            return [new Found("list-details", "job", $"{job.Id} {job.Kind}", $"/console/jobs/{job.Id}")];
        }
        catch (RotaException error) when (error is NotFoundException or InvalidFieldException)
        {
            return [];
        }
    }

    // What begins with the text stands before what only contains it.
    private static IEnumerable<Found> Best(IEnumerable<Found> all, string text) => all
        .Select(one => (One: one, At: one.Name.IndexOf(text, StringComparison.OrdinalIgnoreCase)))
        .Where(one => one.At >= 0).OrderBy(one => one.At).ThenBy(one => one.One.Name, StringComparer.Ordinal)
        .Take(EachMax).Select(one => one.One);
}
