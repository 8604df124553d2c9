namespace Rota.Web.Api;

internal sealed record ChainRequest(IReadOnlyList<EnqueueRequest> Steps)
{
    public IReadOnlyList<JobStep> ToSteps() => [.. Steps.Select((step, at) => FlowStep.Of(step, $"steps[{at}]"))];
}

internal sealed record BatchRequest(IReadOnlyList<EnqueueRequest> Jobs, EnqueueRequest? OnSuccess = null,
    EnqueueRequest? OnComplete = null, JobOptionsRequest? Options = null)
{
    public JobBatch ToBatch() => new()
    {
        Jobs = [.. Jobs.Select((job, at) => FlowStep.Of(job, $"jobs[{at}]"))],
        OnSuccess = OnSuccess is null ? null : FlowStep.Of(OnSuccess, "on_success"),
        OnComplete = OnComplete is null ? null : FlowStep.Of(OnComplete, "on_complete"),
        Options = Options?.ToOptions(),
    };
}

internal static class FlowStep
{
    /// <param name="request">A list may hold a null.</param>
    /// <param name="place">Names it in an error.</param>
    public static JobStep Of(EnqueueRequest? request, string place)
    {
        if (request is null)
            throw new InvalidFieldException(place, $"{place} is null.", "Write {\"kind\": …, \"args\": …}.");
        try
        {
            return JobStep.Of(request.Kind, request.ArgsOrNone, request.Options?.ToOptions());
        }
        catch (InvalidFieldException error)
        {
            throw new InvalidFieldException($"{place}.options.{error.Field}", error.Message, error.Hint, error);
        }
    }
}
