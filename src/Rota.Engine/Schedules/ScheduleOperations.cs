using System.Text.Json;
using Rota.Jobs;
using Rota.Secrets;
using Rota.Storage;

namespace Rota.Schedules;

/// <summary>What people and programs do with schedules.</summary>
public sealed class ScheduleOperations(
    IScheduleStore store, IJobStore jobs, HandlerRegistry handlers, SecretOperations secrets, TimeProvider clock)
{
    private const int ListMax = 10_000, OccurrencesMax = 1_000, ResumeTriesMax = 10;
    private const int SecretsMax = 64, SecretCharactersMax = 65_536;

    /// <summary>By name; at most 10,000.</summary>
    public Task<IReadOnlyList<Schedule>> ListAsync(CancellationToken stop) => store.ListAsync(ListMax, stop);

    /// <exception cref="NotFoundException"><c>schedule.not_found</c>.</exception>
    public async Task<Schedule> GetAsync(string name, CancellationToken stop) =>
        await store.FindAsync(name, stop) ?? throw NotThere(name);

    /// <summary>Makes a schedule or replaces its rule; see <see cref="ScheduleDefinition"/> for what may be left out.
    /// </summary>
    /// <remarks>While the trigger stays the same, the next due time stays too.</remarks>
    /// <exception cref="InvalidFieldException">Names the field: <c>name</c>, <c>trigger</c>, <c>kind</c>, <c>args</c>,
    /// <c>secrets</c>, or one as <c>options.queue</c>.</exception>
    public async Task<(Schedule Schedule, bool IsNew)> PutAsync(ScheduleDefinition definition, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(definition);
        var now = clock.GetUtcNow();
        NameRule.Check("name", definition.Name);
        definition = definition with { Trigger = Spread(definition.Trigger, definition.Name) };
        var options = definition.Options ?? new JobOptions();
        ScheduleJobs.CheckRepeats(options);
        var template = ScheduleJobs.ToTemplate(definition.Name, definition.Kind, options, handlers, dueAt: now, now);
        CheckArgs(handlers.Find(definition.Kind), definition.Args);
        var nextDue = OccurrencePlan.Next(definition.Trigger, now);
        if (nextDue is null)
            await CheckRanAsync(definition, stop);
        var stored = await store.PutAsync(new SchedulePut
        {
            Name = definition.Name,
            Project = template.Project,
            Trigger = definition.Trigger,
            Kind = template.Kind,
            Args = definition.Args,
            Options = options,
            Misfire = definition.Misfire,
            IsPaused = definition.IsPaused,
            NextDue = nextDue,
            SetsSecrets = definition.Secrets is not null,
            SecretToken = Seal(definition.Secrets),
        }, now, stop);
        return (stored.Schedule, stored.IsNew);
    }

    /// <summary>Removes a schedule with its occurrences and secrets. Its jobs stay.</summary>
    /// <exception cref="NotFoundException"><c>schedule.not_found</c>.</exception>
    public async Task RemoveAsync(string name, CancellationToken stop)
    {
        if (!await store.RemoveAsync(name, stop))
            throw NotThere(name);
    }

    /// <summary>Lets a schedule enqueue nothing until it is resumed. Pausing a paused one changes nothing.</summary>
    /// <exception cref="NotFoundException"><c>schedule.not_found</c>.</exception>
    public async Task<Schedule> PauseAsync(string name, CancellationToken stop)
    {
        await store.PauseAsync(name, clock.GetUtcNow(), stop);
        return await GetAsync(name, stop);
    }

    /// <summary>Lets a paused schedule go on from now: what fell into the pause is not missed. Resuming one that is not
    /// paused changes nothing.</summary>
    /// <exception cref="NotFoundException"><c>schedule.not_found</c>.</exception>
    /// <exception cref="ConflictException"><c>schedule.broken</c>.</exception>
    public async Task<Schedule> ResumeAsync(string name, CancellationToken stop)
    {
        for (var tries = 0; ; tries++)
        {
            var schedule = await GetAsync(name, stop);
            if (!schedule.IsPaused)
                return schedule;
            if (tries == ResumeTriesMax)
                throw new ConflictException("schedule.changed", $"The schedule '{name}' keeps changing.", "Try again.");
            var now = clock.GetUtcNow();
            await store.ResumeAsync(name, schedule.Version, OccurrencePlan.Next(Readable(schedule), now), now, stop);
        }
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

    /// <summary>Newest due first.</summary>
    /// <param name="limit">1 to 1,000.</param>
    /// <exception cref="NotFoundException"><c>schedule.not_found</c>.</exception>
    public async Task<IReadOnlyList<Occurrence>> OccurrencesAsync(string name, int limit, CancellationToken stop)
    {
        if (limit is < 1 or > OccurrencesMax)
            throw new InvalidFieldException("limit", $"limit is {limit}.", $"Write 1 to {OccurrencesMax:N0}.");
        await GetAsync(name, stop);
        return await store.OccurrencesAsync(name, limit, stop);
    }

    /// <summary>An H without a text of its own is spread by the name of the schedule.</summary>
    private static Trigger Spread(Trigger trigger, string name) =>
        trigger is CronTrigger { Cron: { UsesSpread: true, Spread: null } cron } due
            ? due with { Cron = cron.WithSpread(name) }
            : trigger;

    private static NotFoundException NotThere(string name) =>
        new("schedule", name, "List what is there: rota schedules list");

    private static Trigger Readable(Schedule schedule) => schedule.Broken is null
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
