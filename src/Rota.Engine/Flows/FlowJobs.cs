using System.Text.Json;
using Rota.Jobs;

namespace Rota.Flows;

/// <summary>The jobs of chains and batches, in the order of one insert.</summary>
internal sealed class FlowJobs(HandlerRegistry handlers, DateTimeOffset now)
{
    private const int StepsMax = 1_000;

    /// <summary>Jobs of which each depends on the one before.</summary>
    /// <exception cref="InvalidFieldException">Names the step.</exception>
    public List<NewJob> OfChain(IReadOnlyList<JobStep> steps)
    {
        CheckCount("steps", steps.Count, StepsMax);
        return [.. steps.Select((step, at) =>
            NewJob(step, step.Options, $"steps[{at}]", after: at == 0 ? [] : [at - 1]))];
    }

    /// <summary>The jobs of the batch, then the one that stands for it, then those that follow.</summary>
    /// <exception cref="InvalidFieldException">Names the job.</exception>
    public List<NewJob> OfBatch(JobBatch batch)
    {
        CheckCount("jobs", batch.Jobs.Count, BatchHandler.JobsMax);
        var place = batch.Jobs.Count;
        var jobs = batch.Jobs.Select((step, at) => NewJob(step, step.Options, $"jobs[{at}]", after: [])).ToList();
        var own = CheckOwn(batch.Options ?? new JobOptions());
        var self = JobStep.Of(BatchHandler.Kind, JsonSerializer.SerializeToElement(new { }));
        jobs.Add(NewJob(self, own with
        {
            Queue = own.Queue ?? jobs[0].Template.Queue,
            DependencyRule = DependencyRule.AllEnded,
        }, "", after: [.. Enumerable.Range(0, place)]));
        Follow(batch.OnSuccess, "on_success", DependencyRule.AllSucceeded);
        Follow(batch.OnComplete, "on_complete", DependencyRule.AllEnded);
        return jobs;

        void Follow(JobStep? step, string name, DependencyRule rule)
        {
            if (step is null)
                return;
            var options = (step.Options ?? new JobOptions()) with { DependencyRule = rule };
            jobs.Add(NewJob(step, options, name, after: [place]));
        }
    }

    /// <summary>What the insert of a batch came to.</summary>
    public static EnqueuedBatch Read(JobBatch batch, IReadOnlyList<Enqueued> enqueued)
    {
        var place = batch.Jobs.Count;
        var ids = enqueued.Select(job => job.Id).ToList();
        return new EnqueuedBatch(ids[place], ids[..place],
            batch.OnSuccess is null ? null : ids[place + 1], batch.OnComplete is null ? null : ids[^1]);
    }

    private NewJob NewJob(JobStep step, JobOptions? options, string place, IReadOnlyList<int> after)
    {
        try
        {
            var handler = step.Kind is null ? null : handlers.Find(step.Kind);
            var job = step.ArgsType is null ? handler?.Job : handlers.JobOf(step.ArgsType);
            var template = JobOptionsCheck.ToTemplate(job?.Kind ?? step.Kind!, job, options, now, after);
            return new NewJob(template, step.ArgsType is { } type
                ? JobOptionsCheck.CheckArgs(JsonSerializer.SerializeToUtf8Bytes(step.Args, type, RotaJson.Options))
                : JobClient.Checked(handler, (JsonElement)step.Args, options?.ResultInto));
        }
        catch (InvalidFieldException error)
        {
            var field = error.Field is "kind" or "args" ? error.Field : $"options.{error.Field}";
            throw new InvalidFieldException(
                place.Length == 0 ? field : $"{place}.{field}", error.Message, error.Hint, error);
        }
    }

    private static void CheckCount(string field, int count, int max)
    {
        if (count < 1 || count > max)
            throw new InvalidFieldException(field, $"There are {count:N0} {field}.", $"Give 1 to {max:N0}.");
    }

    // What it depends on is counted as the batch's own, and it only sums up.
    private static JobOptions CheckOwn(JobOptions options)
    {
        var wrong = options switch
        {
            { Unique: not null } => "unique",
            { DependsOn.Count: > 0 } => "depends_on",
            { Delay: not null } => "delay",
            { RunAt: not null } => "run_at",
            { Repeat: not null } => "repeat",
            { ResultInto: not null } => "result_into",
            _ => null,
        };
        return wrong is null ? options : throw new InvalidFieldException($"options.{wrong}",
            $"The job that stands for a batch takes no {wrong}.", "Give it to the jobs of the batch.");
    }
}
