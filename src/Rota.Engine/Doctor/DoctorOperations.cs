using Rota.Queues;
using Rota.Secrets;
using Rota.Storage;

namespace Rota.Doctor;

public enum FindingState { Ok, Warn, Fail }

/// <summary>What one check found.</summary>
/// <param name="Name">Stable, such as <c>database</c>.</param>
/// <param name="Hint">What to do; null when all is well.</param>
public sealed record Finding(string Name, FindingState State, string Text, string? Hint = null);

/// <summary>Looks at this installation and says what is wrong and what to do.</summary>
public sealed class DoctorOperations(
    IHealthStore database, KeyRing keys, INodeStore nodes, QueueOperations queues, TimeProvider clock)
{
    /// <summary>Whether the database takes writes.</summary>
    public Task CheckReadyAsync(CancellationToken stop) => database.CheckWritableAsync(stop);

    /// <summary>All checks, in a fixed order.</summary>
    public async Task<IReadOnlyList<Finding>> CheckAsync(CancellationToken stop) =>
        [
            await DatabaseAsync(stop), KeyFile(), await WorkersAsync(stop),
            NodeFinding.Of(await nodes.ListAsync(stop), clock.GetUtcNow()), await QueuesAsync(stop),
        ];

    private async Task<Finding> DatabaseAsync(CancellationToken stop)
    {
        try
        {
            await database.CheckWritableAsync(stop);
            return new Finding("database", FindingState.Ok, await database.DescribeAsync(stop));
        }
        catch (StorageException error)
        {
            return new Finding("database", FindingState.Fail, error.Message, error.Hint);
        }
    }

    private static string Count(int count, string noun) => count == 1 ? $"1 {noun}" : $"{count:N0} {noun}s";

    private Finding KeyFile() => keys.IsExposed
        ? new Finding("key_file", FindingState.Warn, $"Others than its owner can read the key file {keys.Path}.",
            $"Close it: chmod 600 {keys.Path}")
        : new Finding("key_file", FindingState.Ok, $"The key file {keys.Path} holds {Count(keys.Count, "key")}.");

    private async Task<Finding> WorkersAsync(CancellationToken stop)
    {
        var now = clock.GetUtcNow();
        var alive = (await nodes.ListAsync(stop)).Where(node => !node.IsSilent(now)).ToList();
        var slots = alive.Where(node => !node.IsDrained).Sum(node => node.Slots);
        if (slots == 0 && alive.Find(node => node.IsDrained) is { } drained)
        {
            return new Finding("workers", FindingState.Warn, "Every node is drained: no job starts.",
                $"Let one take jobs again: rota nodes resume {drained.Name}");
        }
        return slots > 0
            ? new Finding("workers", FindingState.Ok,
                $"{Count(alive.Count, "node")} for jobs, with {Count(slots, "slot")}.")
            : new Finding("workers", FindingState.Fail, "No node works jobs.", "Start one: rota serve or rota work");
    }

    private async Task<Finding> QueuesAsync(CancellationToken stop)
    {
        var paused = await queues.HeldBackAsync(stop);
        return paused.Count == 0
            ? new Finding("queues", FindingState.Ok, "No paused queue holds jobs back.")
            : new Finding("queues", FindingState.Warn, $"Jobs wait in paused queues: {string.Join(", ", paused)}.",
                $"Resume it: rota queues resume {paused[0]}");
    }
}
