using System.Runtime.CompilerServices;
using System.Text.Json;
using Rota.Jobs;
using Rota.Secrets;
using Rota.Storage;

namespace Rota.Schedules;

/// <summary>What people and programs do with schedules.</summary>
public sealed class ScheduleOperations(
    IScheduleStore store, IJobStore jobs, HandlerRegistry handlers, SecretOperations secrets, TimeProvider clock)
{
    private const int PageMax = 10_000, OccurrencesMax = 1_000, VersionsMax = 100, ResumeTriesMax = 10;
    private const int SecretsMax = 64, SecretCharactersMax = 65_536;

    /// <summary>By name.</summary>
    /// <param name="tag">Only those whose jobs get this tag; null for all.</param>
    /// <param name="after">Only those with a greater name; null for the first page.</param>
    /// <param name="limit">1 to 10,000.</param>
    public async Task<IReadOnlyList<Schedule>> ListAsync(
        string? tag, string? after, int limit, CancellationToken stop)
    {
        if (limit is < 1 or > PageMax)
            throw new InvalidFieldException("limit", $"limit is {limit}.", $"Write 1 to {PageMax:N0}.");
        if (tag is null)
            return await store.ListAsync(after, limit, stop);
        var tagged = new List<Schedule>();
        await foreach (var schedule in SelectAsync(tag, after, stop))
        {
            tagged.Add(schedule);
            if (tagged.Count == limit)
                break;
        }
        return tagged;
    }

    /// <exception cref="NotFoundException"><c>schedule.not_found</c>.</exception>
    public async Task<Schedule> GetAsync(string name, CancellationToken stop) =>
        await store.FindAsync(name, stop) ?? throw NotThere(name);

    /// <summary>Makes a schedule or replaces its rule; see <see cref="ScheduleDefinition"/> for what may be left out.
    /// </summary>
    /// <remarks>While the trigger stays the same, the next due time stays too. Where nothing would change nothing is
    /// written.</remarks>
    /// <param name="actor">Who asks; noted with the version.</param>
    /// <exception cref="InvalidFieldException">Names the field: <c>name</c>, <c>trigger</c>, <c>kind</c>, <c>args</c>,
    /// <c>secrets</c>, one of <see cref="RunPolicy"/>, or one as <c>options.queue</c>.</exception>
    /// <exception cref="ConflictException"><c>schedule.exists</c>, <c>schedule.changed</c> or <c>schedule.owned</c>.
    /// </exception>
    public async Task<(Schedule Schedule, PutOutcome Outcome)> PutAsync(
        ScheduleDefinition definition, string actor, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(definition);
        var now = clock.GetUtcNow();
        var put = await CheckAsync(definition, actor, now, stop);
        await Overdue.MissAsync(store, await store.FindAsync(definition.Name, stop),
            old => put.Judge(old) is null && put.NextDueAfter(old) != old.NextDue, clock, stop);
        var stored = await store.PutAsync(put, now, stop);
        ThrowIfRefused(definition.Name, stored);
        return (stored.Schedule!, stored.Outcome);
    }

    /// <summary>Checks a definition as a put does, and changes nothing.</summary>
    /// <returns>What a put would do, the rule as it stands (null when there is none), and as it would be.</returns>
    /// <inheritdoc cref="PutAsync"/>
    public async Task<(PutOutcome Outcome, ScheduleRule? Before, ScheduleRule After)> PlanAsync(
        ScheduleDefinition definition, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(definition);
        var put = await CheckAsync(definition, actor: "", clock.GetUtcNow(), stop);
        var old = await store.FindAsync(definition.Name, stop);
        return (put.Judge(old) ?? (old is null ? PutOutcome.Made : PutOutcome.Changed),
            old is null ? null : ScheduleRule.Of(old), ScheduleRule.Of(put, old));
    }

    /// <summary>Removes a schedule with its occurrences and secrets. Its jobs and versions stay.</summary>
    /// <param name="owner">Who asks, where it is defined elsewhere; else null.</param>
    /// <param name="takesOver">True: whoever owns it.</param>
    /// <exception cref="NotFoundException"><c>schedule.not_found</c>.</exception>
    /// <exception cref="ConflictException"><c>schedule.owned</c>.</exception>
    public async Task RemoveAsync(
        string name, string? owner, bool takesOver, string actor, CancellationToken stop)
    {
        var remove = new ScheduleRemove(name, owner, takesOver, actor);
        ThrowIfRefused(name, await store.RemoveAsync(remove, clock.GetUtcNow(), stop) ?? throw NotThere(name));
    }

    /// <summary>Lets a schedule enqueue nothing until it is resumed. Pausing a paused one changes nothing.</summary>
    /// <exception cref="NotFoundException"><c>schedule.not_found</c>.</exception>
    public async Task<Schedule> PauseAsync(string name, string actor, CancellationToken stop)
    {
        await Overdue.MissAsync(store, await store.FindAsync(name, stop), _ => true, clock, stop);
        await store.PauseAsync(name, actor, clock.GetUtcNow(), stop);
        return await GetAsync(name, stop);
    }

    /// <summary>Lets a paused schedule go on from now: what fell into the pause is not missed. Resuming one that is not
    /// paused changes nothing.</summary>
    /// <exception cref="NotFoundException"><c>schedule.not_found</c>.</exception>
    /// <exception cref="ConflictException"><c>schedule.broken</c>.</exception>
    public async Task<Schedule> ResumeAsync(string name, string actor, CancellationToken stop)
    {
        for (var tries = 0; ; tries++)
        {
            var schedule = await GetAsync(name, stop);
            if (!schedule.IsPaused)
                return schedule;
            if (tries == ResumeTriesMax)
                throw new ConflictException("schedule.changed", $"The schedule '{name}' keeps changing.", "Try again.");
            var now = clock.GetUtcNow();
            var next = OccurrencePlan.Next(Readable(schedule), now);
            await store.ResumeAsync(name, schedule.Version, next, actor, now, stop);
        }
    }

    /// <summary>Pauses all schedules, or all with a tag.</summary>
    /// <returns>The names of those that were not paused before.</returns>
    public async Task<IReadOnlyList<string>> PauseAllAsync(string? tag, string actor, CancellationToken stop)
    {
        var paused = new List<string>();
        await foreach (var schedule in SelectAsync(tag, after: null, stop))
        {
            if (schedule.IsPaused)
                continue;
            await Overdue.MissAsync(store, schedule, _ => true, clock, stop);
            if (await store.PauseAsync(schedule.Name, actor, clock.GetUtcNow(), stop))
                paused.Add(schedule.Name);
        }
        return paused;
    }

    /// <summary>Resumes all paused schedules, or all with a tag, but for those that cannot be read.</summary>
    /// <returns>The names of those that were paused before.</returns>
    public async Task<IReadOnlyList<string>> ResumeAllAsync(string? tag, string actor, CancellationToken stop)
    {
        var resumed = new List<string>();
        await foreach (var schedule in SelectAsync(tag, after: null, stop))
        {
            if (schedule is not { IsPaused: true, Broken: null })
                continue;
            await ResumeAsync(schedule.Name, actor, stop);
            resumed.Add(schedule.Name);
        }
        return resumed;
    }

    /// <summary>What was done to a schedule, newest first, also when it was removed since.</summary>
    /// <param name="limit">1 to 100.</param>
    /// <exception cref="NotFoundException"><c>schedule.not_found</c>: there never was one.</exception>
    public async Task<IReadOnlyList<ScheduleVersion>> VersionsAsync(string name, int limit, CancellationToken stop)
    {
        if (limit is < 1 or > VersionsMax)
            throw new InvalidFieldException("limit", $"limit is {limit}.", $"Write 1 to {VersionsMax}.");
        var versions = await store.VersionsAsync(name, Math.Min(limit + 1, VersionsMax), stop);
        return versions.Count == 0 ? throw NotThere(name) : [.. versions.Take(limit).Select((version, at) =>
            version with { Before = versions.ElementAtOrDefault(at + 1)?.Rule })];
    }

    /// <summary>Puts a schedule back to an earlier version, also when it was removed since. Its secrets stay; those of
    /// a removed one are gone.</summary>
    /// <exception cref="NotFoundException"><c>schedule.not_found</c> or <c>version.not_found</c>.</exception>
    /// <exception cref="ConflictException"><c>schedule.owned</c>.</exception>
    /// <exception cref="InvalidFieldException">That version is not right any more, such as a trigger without a future.
    /// </exception>
    public async Task<Schedule> RestoreAsync(string name, long version, string actor, CancellationToken stop)
    {
        var versions = await VersionsAsync(name, VersionsMax, stop);
        var rule = versions.FirstOrDefault(one => one.Version == version)?.Rule
            ?? throw new NotFoundException("version", $"{version} of {name}",
                $"List what is there: rota schedules versions {name}");
        var (schedule, _) = await PutAsync(rule.ToDefinition(name), actor, stop);
        return schedule;
    }

    /// <summary>Enqueues the schedule's job now, paused or not. Its trigger and occurrences stay as they are, and
    /// <c>options.delay</c> is left out.</summary>
    /// <returns>Not new where the unique key of its options was held.</returns>
    /// <exception cref="NotFoundException"><c>schedule.not_found</c>.</exception>
    /// <exception cref="ConflictException"><c>schedule.broken</c>.</exception>
    public async Task<Enqueued> RunAsync(string name, CancellationToken stop)
    {
        var schedule = await GetAsync(name, stop);
        Readable(schedule);
        var now = clock.GetUtcNow();
        var options = schedule.Options with { Delay = null };
        var template = ScheduleJobs.ToTemplate(name, schedule.Kind, options, handlers, dueAt: null, now);
        return (await jobs.InsertAsync([new NewJob(template, schedule.Args)], now, stop))[0];
    }

    /// <summary>What a schedule's own secrets are called, in order; empty when it has none, or no key opens them.
    /// </summary>
    public async Task<IReadOnlyList<string>> SecretNamesAsync(string name, CancellationToken stop) =>
        [.. (await StoredSecretsAsync(name, stop)).Keys.Order(StringComparer.Ordinal)];

    /// <summary>What its own secrets are kept as, encrypted, and another text after each change of them; null when it
    /// has none.</summary>
    public Task<string?> SealedSecretsAsync(string name, CancellationToken stop) =>
        secrets.FindOfScheduleAsync(name, stop);

    /// <summary>A schedule's own secrets with some of them changed, to be put with the rest of the rule.</summary>
    /// <param name="changes">By name; null takes one away.</param>
    public async Task<IReadOnlyDictionary<string, string>> ChangedSecretsAsync(
        string name, IReadOnlyDictionary<string, string?> changes, CancellationToken stop)
    {
        var values = new Dictionary<string, string>(await StoredSecretsAsync(name, stop));
        foreach (var (changed, value) in changes)
        {
            if (value is null)
                values.Remove(changed);
            else
                values[changed] = value;
        }
        return values;
    }

    /// <summary>In clear; none where no key opens them any more, so that they can be replaced.</summary>
    internal async Task<IReadOnlyDictionary<string, string>> StoredSecretsAsync(string name, CancellationToken stop)
    {
        try
        {
            return await secrets.ReadScheduleAsync(name, stop);
        }
        catch (RotaException error) when (error.Code == "secret.unreadable")
        {
            return new Dictionary<string, string>();
        }
    }

    /// <summary>Newest due first.</summary>
    /// <param name="before">Only those due before; null for the first page.</param>
    /// <param name="limit">1 to 1,000.</param>
    /// <exception cref="NotFoundException"><c>schedule.not_found</c>.</exception>
    public async Task<IReadOnlyList<Occurrence>> OccurrencesAsync(
        string name, DateTimeOffset? before, int limit, CancellationToken stop)
    {
        if (limit is < 1 or > OccurrencesMax)
            throw new InvalidFieldException("limit", $"limit is {limit}.", $"Write 1 to {OccurrencesMax:N0}.");
        await GetAsync(name, stop);
        return await store.OccurrencesAsync(name, before, limit, stop);
    }

    /// <summary>The newest occurrences of each of these schedules, newest due first.</summary>
    /// <param name="names">At most 1,000.</param>
    /// <param name="limit">Of each. 1 to 100.</param>
    public Task<ILookup<string, Occurrence>> LatestAsync(
        IReadOnlyList<string> names, int limit, CancellationToken stop) => store.LatestAsync(names, limit, stop);

    private async Task<SchedulePut> CheckAsync(
        ScheduleDefinition definition, string actor, DateTimeOffset now, CancellationToken stop)
    {
        NameRule.Check("name", definition.Name);
        if (definition.Owner is not null)
            NameRule.Check("owner", definition.Owner);
        definition.Policy.Check();
        definition = definition with { Trigger = Spread(definition.Trigger, definition.Name).Settle() };
        var options = definition.Options ?? new JobOptions();
        ScheduleJobs.CheckRepeats(options);
        var template = ScheduleJobs.ToTemplate(definition.Name, definition.Kind, options, handlers, dueAt: now, now);
        CheckArgs(handlers.Find(definition.Kind), definition.Args);
        var nextDue = OccurrencePlan.Next(definition.Trigger, now);
        if (nextDue is null)
            await CheckRanAsync(definition, stop);
        if (definition.StartsPaused && await store.FindAsync(definition.Name, stop) is null)
            definition = definition with { IsPaused = true };
        return new SchedulePut
        {
            Name = definition.Name,
            Project = template.Project,
            Trigger = definition.Trigger,
            Kind = template.Kind,
            Args = definition.Args,
            Options = options,
            Policy = definition.Policy,
            IsPaused = definition.IsPaused,
            Owner = definition.Owner,
            OnConflict = definition.OnConflict,
            IfVersion = definition.IfVersion,
            TakesOver = definition.TakesOver,
            Actor = actor,
            NextDue = nextDue,
            SetsSecrets = definition.Secrets is not null,
            SecretToken = Seal(definition.Secrets),
        };
    }

    internal async IAsyncEnumerable<Schedule> SelectAsync(
        string? tag, string? after, [EnumeratorCancellation] CancellationToken stop)
    {
        while (true)
        {
            var page = await store.ListAsync(after, PageMax, stop);
            foreach (var schedule in page)
            {
                if (tag is null || schedule.Options.Tags?.Contains(tag) == true)
                    yield return schedule;
            }
            if (page.Count < PageMax)
                yield break;
            after = page[^1].Name;
        }
    }

    private static void ThrowIfRefused(string name, ScheduleStored stored)
    {
        switch (stored.Outcome)
        {
            case PutOutcome.Exists:
                throw new ConflictException("schedule.exists", $"There is a schedule '{name}' already.",
                    "Replace it on purpose, or choose another name.");
            case PutOutcome.Stale:
                throw new ConflictException("schedule.changed", stored.Schedule is { } now
                    ? $"The schedule '{name}' is version {now.Version} by now." : $"The schedule '{name}' was removed.",
                    "Look at it again, and change what is there now.");
            case PutOutcome.Owned:
                throw OwnedBy(name, stored.Schedule!.Owner!);
        }
    }

    /// <summary>An H without a text of its own is spread by the name of the schedule.</summary>
    private static Trigger Spread(Trigger trigger, string name) => trigger switch
    {
        CronTrigger { Cron: { UsesSpread: true, Spread: null } cron } due => due with { Cron = cron.WithSpread(name) },
        AnyTrigger any => new AnyTrigger([.. any.Parts.Select(part => Spread(part, name))]) { Limits = any.Limits },
        AllTrigger all => new AllTrigger([.. all.Parts.Select(part => Spread(part, name))]) { Limits = all.Limits },
        _ => trigger,
    };

    internal static NotFoundException NotThere(string name) =>
        new("schedule", name, "List what is there: rota schedules list");

    internal static ConflictException OwnedBy(string name, string owner) => new("schedule.owned",
        $"The schedule '{name}' is defined in {owner}.",
        "Change it there; or take it over, and then remove it there.");

    internal static Trigger Readable(Schedule schedule) => schedule.Broken is null
        ? schedule.Trigger!
        : throw new ConflictException("schedule.broken",
            $"The schedule '{schedule.Name}' cannot be read: {schedule.Broken}", "Put it again.");

    private static void CheckArgs(HandlerDescriptor? handler, ReadOnlyMemory<byte> args)
    {
        const string Hint = "Send the fields that `rota plugins show` lists, in JSON.";
        JobOptionsCheck.CheckArgs(args);
        try
        {
            using var document = JsonDocument.Parse(args);
            handler?.Check(args);
        }
        catch (JsonException error)
        {
            throw new InvalidFieldException("args", $"The arguments are no JSON: {error.Message}", Hint, error);
        }
        catch (ArgumentsException error)
        {
            throw new InvalidFieldException("args", error.Message, error.Hint, error);
        }
    }

    /// <summary>A trigger without a future is a mistake, except when a schedule is put again that has run.</summary>
    private async Task CheckRanAsync(ScheduleDefinition definition, CancellationToken stop)
    {
        if ((await store.FindAsync(definition.Name, stop))?.Trigger != definition.Trigger)
            throw new InvalidFieldException("trigger", $"It is never due after now: {definition.Trigger.Describe()}.",
                "Write a trigger that is due in the future.");
    }

    private string? Seal(IReadOnlyDictionary<string, string>? values)
    {
        if (values is not { Count: > 0 })
            return null;
        if (values.Count > SecretsMax)
            throw new InvalidFieldException("secrets", $"{values.Count} secrets are too many.",
                $"Give at most {SecretsMax}.");
        foreach (var (name, value) in values)
        {
            NameRule.Check("secrets", name);
            if (value is not { Length: >= 1 and <= SecretCharactersMax })
                throw new InvalidFieldException($"secrets.{name}", "The value is empty or too long.",
                    $"Write 1 to {SecretCharactersMax:N0} characters.");
        }
        return secrets.Seal(values);
    }
}
