using Rota.Access;

namespace Rota.Web.Console.Layout;

/// <summary>A page that the frame leads to.</summary>
/// <param name="Key">With <c>g</c> before it, goes there.</param>
public sealed record Place(string Address, string Icon, string Name, char Key, Role Needs = Role.Viewer);

/// <summary>Where one can go, in order.</summary>
public static class Places
{
    public static IReadOnlyList<Place> All { get; } =
    [
        new(ConsoleRoutes.Home, "layout-dashboard", "Overview", 'o'),
        new("/console/jobs", "list-details", "Jobs", 'j'),
        new("/console/errors", "alert-triangle", "Errors", 'e'),
        new("/console/schedules", "calendar-time", "Schedules", 's'),
        new("/console/queues", "stack-2", "Queues", 'q'),
        new("/console/processes", "cpu", "Processes", 'r'),
        new("/console/plugins", "plug", "Plug-ins", 'p'),
        new("/console/nodes", "server", "Nodes", 'n'),
        new("/console/metrics", "chart-line", "Metrics", 'm'),
        new("/console/secrets", "key", "Secrets", 'v', Role.Admin),
        new("/console/webhooks", "webhook", "Webhooks", 'w', Role.Admin),
        new("/console/users", "users", "Users", 'u', Role.Admin),
        new("/console/tokens", "shield-lock", "Tokens", 't', Role.Admin),
        new("/console/audit", "history", "Audit", 'a', Role.Admin),
        new("/console/health", "activity", "Health", 'h', Role.Admin),
    ];
}
