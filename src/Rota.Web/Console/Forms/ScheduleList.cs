using System.Globalization;
using Microsoft.AspNetCore.WebUtilities;
using Rota.Schedules;

namespace Rota.Web.Console.Forms;

/// <summary>A page of schedules as the address asks for it. There are few enough to be filtered and ordered here.
/// </summary>
public sealed class ScheduleList
{
    private const int PageSize = 100;

    private readonly IReadOnlyList<Schedule> _found;
    private readonly Dictionary<string, string?> _asked;

    /// <param name="all">With the tag that is asked for.</param>
    public ScheduleList(
        IReadOnlyList<Schedule> all, string? text, string? tag, string? sort, string? state, string? page)
    {
        _asked = new() { ["q"] = text, ["tag"] = tag, ["state"] = state, ["sort"] = sort };
        _found = [.. all.Where(schedule => string.IsNullOrEmpty(text)
            || schedule.Name.Contains(text, StringComparison.OrdinalIgnoreCase)
            || schedule.Kind.Contains(text, StringComparison.OrdinalIgnoreCase))];
        var ordered = Order([.. _found.Where(schedule => IsIn(schedule, state))], sort ?? "");
        Pages = Math.Max(1, (ordered.Count + PageSize - 1) / PageSize);
        Page = int.TryParse(page, CultureInfo.InvariantCulture, out var number) ? Math.Clamp(number, 1, Pages) : 1;
        Shown = [.. ordered.Skip((Page - 1) * PageSize).Take(PageSize)];
    }

    /// <summary>In the order in which they are offered: the value in the address and its name.</summary>
    public static IReadOnlyList<(string? Value, string Name)> States { get; } =
        [(null, "All"), ("active", "Active"), ("paused", "Paused"), ("over", "Over"), ("broken", "Broken")];

    public IReadOnlyList<Schedule> Shown { get; }

    public int Page { get; }

    public int Pages { get; }

    public bool IsFiltered => _asked.Any(asked => asked.Key != "sort" && !string.IsNullOrEmpty(asked.Value));

    /// <summary>The way in which it is ordered by the column now: ascending, descending, or null for neither.</summary>
    public string? OrderOf(string column) => _asked["sort"] switch
    {
        null or "" when column == "name" => "ascending",
        { } sort when sort == column => "ascending",
        { } sort when sort == "-" + column => "descending",
        _ => null,
    };

    public int Count(string? state) => _found.Count(schedule => IsIn(schedule, state));

    /// <summary>The address of the same list with something else asked, at its first page. Null: not asked.</summary>
    public string Address(params (string Name, string? Value)[] changes)
    {
        var asked = new Dictionary<string, string?>(_asked);
        foreach (var (name, value) in changes)
            asked[name] = value;
        return QueryHelpers.AddQueryString("/console/schedules", asked.Where(one => !string.IsNullOrEmpty(one.Value)));
    }

    private static bool IsIn(Schedule schedule, string? state) =>
        string.IsNullOrEmpty(state) || StateOf(schedule) == state;

    /// <summary>One of the values of <see cref="States"/>.</summary>
    public static string StateOf(Schedule schedule) => schedule switch
    {
        { Broken: not null } => "broken",
        { IsPaused: true } => "paused",
        { NextDue: null } => "over",
        _ => "active",
    };

    private static IReadOnlyList<Schedule> Order(List<Schedule> schedules, string sort)
    {
        var ordered = sort.TrimStart('-') switch
        {
            "next" => schedules.OrderBy(schedule => schedule.NextDue ?? DateTimeOffset.MaxValue),
            "last" => schedules.OrderBy(schedule => schedule.LastDue ?? DateTimeOffset.MinValue),
            "changed" => schedules.OrderBy(schedule => schedule.UpdatedAt),
            "kind" => schedules.OrderBy(schedule => schedule.Kind, StringComparer.Ordinal),
            _ => schedules.OrderBy(schedule => schedule.Name, StringComparer.Ordinal),
        };
        return sort.StartsWith('-') ? [.. ordered.Reverse()] : [.. ordered];
    }
}
