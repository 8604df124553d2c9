using Rota.Storage;

namespace Rota.Schedules;

/// <summary>Makes the schedules of one owner what its set says.</summary>
public sealed class ScheduleSetOperations(
    ScheduleOperations schedules, IScheduleStore store, TimeProvider clock)
{
    private const int DefinitionsMax = 1_000;

    /// <summary>Checks a set and says what it means, and changes nothing.</summary>
    /// <remarks>Secrets that have their values already count as not given.</remarks>
    /// <exception cref="InvalidFieldException"><c>owner</c>, <c>schedules</c>, or one as
    /// <c>schedules.nightly.kind</c>.</exception>
    public async Task<SetPlan> PlanAsync(ScheduleSet set, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(set);
        NameRule.Check("owner", set.Owner);
        if (set.Definitions.Count > DefinitionsMax)
            throw new InvalidFieldException("schedules", $"{set.Definitions.Count:N0} schedules are too many.",
                $"Define at most {DefinitionsMax:N0} in one place.");
        var changes = new List<SetChange>();
        foreach (var definition in set.Definitions)
            changes.Add(await PlanAsync(set, definition, stop));
        var declared = changes.Select(change => change.Name).ToHashSet();
        var undeclared = new List<string>();
        await foreach (var schedule in schedules.SelectAsync(tag: null, after: null, stop))
        {
            if (schedule.Owner != set.Owner || declared.Contains(schedule.Name))
                continue;
            if (set.Prunes)
                changes.Add(new SetChange(schedule.Name, SetAction.Remove, ScheduleRule.Of(schedule), After: null));
            else
                undeclared.Add(schedule.Name);
        }
        return new SetPlan(changes, undeclared);
    }

    /// <summary>Does what <see cref="PlanAsync(ScheduleSet, CancellationToken)"/> says. All is checked before anything
    /// is written.</summary>
    /// <param name="actor">Who asks; noted with the versions.</param>
    /// <exception cref="InvalidFieldException">As of the plan.</exception>
    /// <exception cref="ConflictException"><c>schedule.owned</c>, or <c>schedule.exists</c> for one that was made by
    /// hand.</exception>
    public async Task<SetPlan> ApplyAsync(ScheduleSet set, string actor, CancellationToken stop)
    {
        var plan = await PlanAsync(set, stop);
        if (plan.Changes.FirstOrDefault(change => change.Error is not null)?.Error is { } error)
            throw error;
        await WriteAsync(set.Owner, plan, actor, stop);
        return plan;
    }

    /// <summary>Writes what is to be made, changed and removed, and leaves conflicts alone.</summary>
    internal async Task WriteAsync(string owner, SetPlan plan, string actor, CancellationToken stop)
    {
        foreach (var change in plan.Changes)
        {
            if (change is { Action: SetAction.Create or SetAction.Change, Definition: { } definition })
                await schedules.PutAsync(definition, actor, stop);
            else if (change.Action == SetAction.Remove) // another node may have done so, which is as good
                await store.RemoveAsync(
                    new ScheduleRemove(change.Name, owner, TakesOver: false, actor), clock.GetUtcNow(), stop);
        }
    }

    private async Task<SetChange> PlanAsync(ScheduleSet set, ScheduleDefinition declared, CancellationToken stop)
    {
        try
        {
            var changed = await ChangedSecretsAsync(declared, stop);
            var definition = declared with
            {
                Owner = set.Owner,
                TakesOver = set.TakesOver,
                Secrets = changed.Count > 0 ? declared.Secrets : null,
            };
            var (outcome, before, after) = await schedules.PlanAsync(definition, stop);
            var error = Conflict(declared.Name, outcome, before, after, set, changed.Count > 0);
            var action = outcome switch
            {
                _ when error is not null => SetAction.Conflict,
                PutOutcome.Made => SetAction.Create,
                PutOutcome.Unchanged => SetAction.Unchanged,
                _ => SetAction.Change,
            };
            return new SetChange(declared.Name, action, before, after)
            {
                Secrets = changed,
                Error = error,
                Definition = definition,
            };
        }
        catch (InvalidFieldException error)
        {
            throw ScheduleSet.ErrorOf(declared.Name, error);
        }
    }

    /// <summary>One that was made by hand and is the same is adopted; another one is not overwritten.</summary>
    private static ConflictException? Conflict(string name, PutOutcome outcome, ScheduleRule? before,
        ScheduleRule after, ScheduleSet set, bool setsSecrets) => outcome switch
        {
            PutOutcome.Owned => ScheduleOperations.OwnedBy(name, before!.Owner!),
            PutOutcome.Changed when before!.Owner is null && !set.TakesOver
                && (setsSecrets || !(before with { Owner = set.Owner }).IsSame(after)) =>
                new ConflictException("schedule.exists", $"There is a schedule '{name}' that was made by hand.",
                    "Take it over, or remove it, or name this one otherwise."),
            _ => null,
        };

    private async Task<IReadOnlyList<SecretChange>> ChangedSecretsAsync(
        ScheduleDefinition declared, CancellationToken stop)
    {
        if (declared.Secrets is not { } values)
            return [];
        var stored = await schedules.StoredSecretsAsync(declared.Name, stop);
        return [.. values.Keys.Union(stored.Keys)
            .Where(name => values.GetValueOrDefault(name) != stored.GetValueOrDefault(name))
            .Order(StringComparer.Ordinal)
            .Select(name => new SecretChange(name, stored.ContainsKey(name), values.ContainsKey(name)))];
    }
}
