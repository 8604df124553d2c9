using Microsoft.AspNetCore.WebUtilities;
using Rota.Supervisor.Processes;
using Rota.Web.Supervisors;

namespace Rota.Web.Console.Processes;

/// <summary>One group of a supervisor.</summary>
/// <param name="IsTree">More than a process of the same name: it has a row of its own.</param>
public sealed record GroupRows(string Name, bool IsTree, IReadOnlyList<ProcessStatus> Processes);

/// <summary>Which processes the list shows, by what its address says.</summary>
/// <param name="state">A word such as <c>FATAL</c> in any case; null or another: all.</param>
/// <param name="text">A part of the name; null: all.</param>
public sealed class ProcessFilter(
    IReadOnlyList<SupervisorStatus> all, string? supervisor, string? state, string? text)
{
    private const string Page = "/console/processes";

    private readonly string _text = text?.Trim() ?? "";

    public bool IsFiltered => _text.Length > 0 || State is not null;

    public ProcessState? State { get; } = Enum.TryParse<ProcessState>(state, ignoreCase: true, out var one)
        && Enum.IsDefined(one) ? one : null;

    /// <summary>The one that is chosen, or all.</summary>
    public IReadOnlyList<SupervisorStatus> Supervisors { get; } =
        [.. all.Where(one => string.IsNullOrEmpty(supervisor) || one.Name == supervisor)];

    /// <summary>States that there are, and how many processes are in each; what is wrong stands first.</summary>
    public IReadOnlyList<KeyValuePair<ProcessState, int>> States => [.. Supervisors
        .SelectMany(one => one.Processes).Where(HasText).CountBy(process => process.State)
        .OrderByDescending(count => count.Key)];

    /// <summary>By name; of each group what fits.</summary>
    public IReadOnlyList<GroupRows> GroupsOf(SupervisorStatus one) => [.. one.Processes
        .GroupBy(process => process.Name.Group, StringComparer.Ordinal)
        .Select(group => new GroupRows(group.Key, group.Any(process => process.Name.Process != group.Key),
            [.. group.Where(process => HasText(process) && (State is null || process.State == State))]))
        .Where(group => group.Processes.Count > 0)];

    /// <summary>This list in another state; null: all.</summary>
    public string Address(ProcessState? other) => QueryHelpers.AddQueryString(Page, new Dictionary<string, string?>
    {
        ["supervisor"] = string.IsNullOrEmpty(supervisor) ? null : supervisor,
        ["state"] = other?.Word.ToLowerInvariant(),
        ["q"] = _text.Length > 0 ? _text : null,
    });

    private bool HasText(ProcessStatus process) =>
        $"{process.Name}".Contains(_text, StringComparison.OrdinalIgnoreCase);
}
