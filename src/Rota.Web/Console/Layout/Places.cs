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
        new("/console/metrics", "activity", "Metrics", 'm'),
    ];
}
