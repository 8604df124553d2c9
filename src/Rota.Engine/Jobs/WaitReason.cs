using Rota.Queues;
using Rota.Storage;

namespace Rota.Jobs;

/// <summary>The sentence that says why a job waits, or what became of it.</summary>
internal static class WaitReason
{
    public static string Of(Job job, DateTimeOffset now) => job.State switch
    {
        JobState.Scheduled => $"It is due at {job.DueAt:u}, {Until(job.DueAt, now)}.",
        JobState.Retrying => $"Attempt {job.Attempt} failed; "
            + $"the next one is due at {job.DueAt:u}, {Until(job.DueAt, now)}.",
        JobState.Blocked => $"It waits for {Count(job.Blockers, "job")} to end: "
            + $"{string.Join(", ", job.DependsOn.Take(10))}{(job.DependsOn.Count > 10 ? ", …" : "")}."
            + (job.DueAt > now ? $" It is not to run before {job.DueAt:u}." : ""),
        JobState.Running when job.IsCancelRequested => $"It runs on {job.Node}, and was asked to stop.",
        JobState.Running => $"It does not wait: attempt {job.Attempt} runs on {job.Node} since {job.StartedAt:u}.",
        JobState.Succeeded => $"It does not wait: it succeeded at {job.EndedAt:u}.",
        JobState.Failed => $"It does not wait: it failed at {job.EndedAt:u} "
            + $"({job.Reason.ToString().ToLowerInvariant()}).",
        _ => $"It does not wait: it was canceled at {job.EndedAt:u}.",
    };

    public static string OfQueued(
        Job job, QueueRule rule, IReadOnlyList<NodeBeat> nodes, int ahead, DateTimeOffset now)
    {
        if (rule.IsPaused)
            return $"The queue {job.Queue} is paused; resume it: rota queues resume {job.Queue}";
        var working = nodes.Where(node => !node.IsSilent(now) && node.Slots > 0 && node.Serves(job.Queue)).ToList();
        if (working.Count == 0)
            return $"No node works the queue {job.Queue}; start one: rota work --queues {job.Queue}";
        if (working.TrueForAll(node => node.IsStopping))
            return "Every node of its queue is stopping; it runs after the restart.";
        working.RemoveAll(node => node.IsDrained);
        if (working.Count == 0)
            return "Every node of its queue is drained; let one take jobs again: rota nodes resume NAME";
        var slots = working.Sum(node => node.Slots);
        var limit = rule.MaxRunning is { } max && max < slots
            ? $" The queue runs at most {Count(max, "job")} at once; change it: rota queues limit {job.Queue} N" : "";
        return ahead == 0
            ? $"It is the next of the queue {job.Queue}, and starts as soon as one of "
                + $"{Count(slots, "slot")} is free.{limit}"
            : $"{Count(ahead, "job")} of the queue {job.Queue} "
                + $"{(ahead == 1 ? "is" : "are")} before it, for {Count(slots, "slot")}.{limit}";
    }

    private static string Count(int count, string noun) => count == 1 ? $"1 {noun}" : $"{count:N0} {noun}s";

    private static string Until(DateTimeOffset? due, DateTimeOffset now)
    {
        var left = (due ?? now) - now;
        return left <= TimeSpan.Zero ? "now" : left < TimeSpan.FromMinutes(2) ? $"in {left.TotalSeconds:N0} s"
            : left < TimeSpan.FromHours(2) ? $"in {left.TotalMinutes:N0} min"
            : left < TimeSpan.FromDays(2) ? $"in {left.TotalHours:N0} h" : $"in {left.TotalDays:N0} days";
    }
}
