using System.Text.Json.Nodes;
using Rota.Supervisor.Client;
using Rota.Supervisor.Processes;
using Rota.Web.Auth;
using Rota.Web.Supervisors;

namespace Rota.Web.Api;

/// <param name="Error">Why it tells nothing now; what is shown else was true at <paramref name="SeenAt"/>.</param>
/// <param name="States">How many processes are in each state, such as <c>RUNNING</c>.</param>
internal sealed record SupervisorView(string Name, string Url, bool IsAway, string? Error, DateTimeOffset? SeenAt,
    string? Version, string? Identifier, string? State, IReadOnlyDictionary<string, int> States)
{
    public static SupervisorView From(SupervisorStatus status) => new(status.Name, status.Url, status.IsAway,
        status.Away, status.SeenAt, status.Info?.Version, status.Info?.Identifier, status.Info?.State,
        status.Processes.CountBy(process => process.State.Word).OrderBy(state => state.Key, StringComparer.Ordinal)
            .ToDictionary());
}

/// <param name="State">Supervisor's own word, such as <c>RUNNING</c>.</param>
/// <param name="Error">Why it does not start.</param>
internal sealed record SupervisedProcessView(string Name, string Group, string Process, string State, int? Pid,
    DateTimeOffset? StartedAt, DateTimeOffset? StoppedAt, int? ExitStatus, string? Error, string Description,
    int Restarts, bool IsFlapping, double? CpuPercent, long? MemoryBytes, string? StdoutLog, string? StderrLog)
{
    public static SupervisedProcessView From(ProcessStatus status)
    {
        var info = status.Info;
        return new($"{info.Name}", info.Name.Group, info.Name.Process!, info.State.Word, info.Pid, info.StartedAt,
            info.StoppedAt, info.ExitStatus, Given(info.Error), info.Description, status.Restarts, status.IsFlapping,
            status.CpuPercent is { } cpu ? Math.Round(cpu, 1) : null, status.MemoryBytes, Given(info.StdoutLog),
            Given(info.StderrLog));
    }

    private static string? Given(string text) => text.Length > 0 ? text : null;
}

/// <summary>How one process fared.</summary>
/// <param name="Error">Supervisor's word for why it did not do as it was told; left out when it did.</param>
internal sealed record ProcessOutcomeView(string Name, string? Error)
{
    public static ProcessOutcomeView From(ProcessOutcome outcome) => new($"{outcome.Name}", outcome.Error);

    public static Page<ProcessOutcomeView> Page(IReadOnlyList<ProcessOutcome> outcomes) =>
        new([.. outcomes.Select(From)]);
}

/// <param name="Options">By the names of the file; a command without its secrets, and no environment.</param>
internal sealed record ProcessConfigView(string Name, bool IsActive, JsonObject Options)
{
    public static ProcessConfigView From(ProcessSettings settings) =>
        new($"{settings.Name}", settings.IsActive, ConfigOperations.ToJson(settings));
}

/// <param name="Move"><c>starts</c>, <c>restarts</c> or <c>stops</c>.</param>
/// <param name="WhyAtOnce">After an update one by one: why all of this group stopped all the same.</param>
internal sealed record GroupChangeView(string Group, GroupMove Move, IReadOnlyList<string> Processes,
    IReadOnlyList<FieldChangeView> Changes, string? WhyAtOnce)
{
    public static GroupChangeView From(GroupChange change) =>
        new(change.Group, change.Move, change.Processes, change.Changes, change.WhyAtOnce);

    public static GroupChangesView Page(IReadOnlyList<GroupChange> changes) => new([.. changes.Select(From)]);
}

/// <summary>What an update changes; the audit keeps it.</summary>
internal sealed record GroupChangesView(IReadOnlyList<GroupChangeView> Items) : IAuditChanges
{
    IReadOnlyList<FieldChangeView>? IAuditChanges.AuditChanges => [.. Items.SelectMany(group =>
        group.Changes.Prepend(new FieldChangeView(group.Group, Before: null,
            new RawJson($"\"{Words.Of(group.Move)}\""))))];
}

/// <param name="Signal">Such as <c>HUP</c>, <c>SIGUSR1</c> or <c>10</c>.</param>
internal sealed record SignalRequest(string Signal);

/// <param name="Text">What is written; a line ends with <c>\n</c>.</param>
internal sealed record StdinRequest(string Text);

/// <param name="Groups">Only these. Default: all that changed.</param>
/// <param name="Rolling">Of a group that changed, one process after the other, where the change lets it. Default:
/// false, all at once.</param>
internal sealed record UpdateRequest(IReadOnlyList<string>? Groups = null, bool Rolling = false);

/// <summary>One line of a log.</summary>
internal sealed record ProcessLineView(string Text);
