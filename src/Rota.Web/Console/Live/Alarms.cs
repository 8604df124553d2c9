using Rota.Jobs;
using Rota.Nodes;
using Rota.Queues;
using Rota.Schedules;
using Rota.Supervisor.Processes;
using Rota.Web.Console.Jobs;
using Rota.Web.Console.Parts;
using Rota.Web.Supervisors;

namespace Rota.Web.Console.Live;

/// <summary>Something that is wrong now.</summary>
/// <param name="Colour">The state whose colour it has.</param>
/// <param name="Address">The list of what it speaks of; null for none.</param>
public sealed record Alarm(string Icon, string Colour, string Text, string? Address);

/// <summary>What a person must know first: worst in front, each with the way to its list.</summary>
internal static class Alarms
{
    private static readonly TimeSpan Late = TimeSpan.FromMinutes(1), Hour = TimeSpan.FromHours(1);

    /// <param name="failed">The newest failed jobs; those of the last hour count.</param>
    public static IReadOnlyList<Alarm> Of(IReadOnlyList<Node> nodes, IReadOnlyList<QueueInfo> queues,
        IReadOnlyList<Job> failed, IReadOnlyList<Schedule> schedules, IReadOnlyList<SupervisorStatus> supervisors,
        DateTimeOffset now) =>
        [.. OfNodes(nodes), .. supervisors.SelectMany(OfProcesses),
            .. OfFailed(failed, now), .. OfSchedules(schedules, now), .. OfQueues(queues, now)];

    private static IEnumerable<Alarm> OfNodes(IReadOnlyList<Node> nodes)
    {
        if (!nodes.Any(node => node.TakesJobs))
        {
            yield return nodes.Any(node => !node.IsSilent && node.Beat.IsDrained)
                ? new Alarm("player-pause", "retrying", "Every node is drained: no job starts.", "/console/nodes")
                : new Alarm("server", "failed", "No node works jobs. Start one: rota serve or rota work", null);
        }
        foreach (var node in nodes.Where(node => node.IsSilent))
        {
            yield return new Alarm("server", "failed",
                $"Node {node.Beat.Name} is silent for {TimeWords.Span(node.Lag)}: its jobs run elsewhere.", null);
        }
    }

    // Lost and crashed jobs stand by themselves: they tell of machines, not of handlers.
    private static IEnumerable<Alarm> OfFailed(IReadOnlyList<Job> failed, DateTimeOffset now) => failed
        .Where(job => job.EndedAt > now - Hour)
        .GroupBy(job => (job.Kind, Reason: job.Reason is FailReason.Lost or FailReason.Crashed ? job.Reason : default))
        .OrderByDescending(group => group.Key.Reason).ThenByDescending(group => group.Count())
        .Select(group => new Alarm("alert-triangle", "failed",
            $"{Count(group.Count(), "job")} of {group.Key.Kind} {WordOf(group.Key.Reason)} in the last hour.",
            AddressOf(new JobFilterText(new() { Kind = group.Key.Kind, Reason = Given(group.Key.Reason) }, Id: null))));

    private static string WordOf(FailReason reason) => reason switch
    {
        FailReason.Lost => "failed because nodes died",
        FailReason.Crashed => "crashed again and again",
        _ => "failed",
    };

    private static FailReason? Given(FailReason reason) => reason == FailReason.None ? null : reason;

    private static string AddressOf(JobFilterText filter) => filter.Address("/console/jobs", JobState.Failed);

    private static IEnumerable<Alarm> OfSchedules(IReadOnlyList<Schedule> schedules, DateTimeOffset now) => schedules
        .Where(schedule => schedule.Broken is not null || (!schedule.IsPaused && schedule.NextDue < now - Late))
        .Select(schedule => new Alarm("calendar-event", "failed", schedule.Broken is { } broken
            ? $"Schedule {schedule.Name} cannot run: {broken}"
            : $"Schedule {schedule.Name} was due {TimeWords.Ago(schedule.NextDue!.Value, now)} and has not run.",
            new JobFilterText(new() { Schedule = schedule.Name }, Id: null).Address("/console/jobs", state: null)));

    private static IEnumerable<Alarm> OfQueues(IReadOnlyList<QueueInfo> queues, DateTimeOffset now) => queues
        .Where(queue => queue.IsPaused && queue[JobState.Queued] > 0)
        .Select(queue => new Alarm("player-pause", "retrying",
            $"Queue {queue.Name} is paused; {Count(queue[JobState.Queued], "job")} "
            + (queue[JobState.Queued] == 1 ? "waits" : "wait")
            + (queue.OldestAt is { } oldest ? $", the oldest since {TimeWords.Span(now - oldest)}." : "."),
            new JobFilterText(new() { Queue = queue.Name }, Id: null).Address("/console/jobs", JobState.Queued)));

    // All of a supervisor's together: where one file is wrong, many processes are.
    private static IEnumerable<Alarm> OfProcesses(SupervisorStatus supervisor)
    {
        var list = $"/console/processes?supervisor={Uri.EscapeDataString(supervisor.Name)}";
        if (supervisor.Away is { } why)
        {
            yield return new Alarm("wifi-off", "failed", $"The supervisor {supervisor.Name} is away: {why}", list);
            yield break;
        }
        if (NamesOf(supervisor, process => process.State == ProcessState.Fatal) is { } fatal)
            yield return new Alarm("cpu", "failed", $"FATAL at {supervisor.Name}: {fatal}.", list + "&state=fatal");
        if (NamesOf(supervisor, process => process.IsFlapping) is { } flapping)
        {
            yield return new Alarm("rotate-clockwise", "retrying",
                $"Restarted again and again at {supervisor.Name}: {flapping}.", list);
        }
    }

    private static string? NamesOf(SupervisorStatus supervisor, Func<ProcessStatus, bool> isWrong)
    {
        const int NamesMax = 5;
        var names = supervisor.Processes.Where(isWrong).Select(process => $"{process.Name}").ToList();
        return names.Count == 0 ? null : string.Join(", ", names.Take(NamesMax))
            + (names.Count > NamesMax ? $" and {names.Count - NamesMax:N0} more" : "");
    }

    private static string Count(long count, string noun) => count == 1 ? $"1 {noun}" : $"{count:N0} {noun}s";
}
