using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Rota.Integrations;

internal sealed class ShellRunHandler(IOptions<ShellOptions> options) : IJobHandler<ShellRun>
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan OutputGrace = TimeSpan.FromSeconds(2);

    public async Task<JobResult> RunAsync(ShellRun args, JobContext job, CancellationToken stop)
    {
        if (Refusal(args) is { } refusal)
            return JobResult.Fail(refusal);
        var environment = new Dictionary<string, string>();
        foreach (var (name, value) in args.Environment)
            environment[name] = await SecretReferences.FillAsync(value, job.Secrets, stop);
        var input = await SecretReferences.FillAsync(args.Stdin, job.Secrets, stop);
        var started = job.Clock.GetTimestamp();
        var argv = args.Argv ?? ["/bin/sh", "-c", args.Command!]; // Refusal has seen that one of them is there
        using var group = ProcessGroup.Start(argv, args.WorkingDirectory, environment, job.Clock);
        await FollowAsync(group, input, job, stop);
        var ms = (long)job.Clock.GetElapsedTime(started).TotalMilliseconds;
        var output = new ShellRunOutput(group.ExitCode, group.ExitCode > 128 ? group.ExitCode - 128 : null, ms);
        return args.SuccessExitCodes.Contains(output.ExitCode)
            ? JobResult.CompleteWith(output)
            : throw new RotaException("shell.exit",
                $"The command ended with exit code {output.ExitCode} after {ms:N0} ms.",
                "Its output is in the attempt's log; name the code in successExitCodes if it is fine.");
    }

    /// <summary>Why this command is not run, or null.</summary>
    private string? Refusal(ShellRun args)
    {
        if (!options.Value.IsEnabled)
        {
            return $"Commands are off on this node. Whoever may enqueue jobs could run anything; if that is meant, set "
                + $"{ShellOptions.Section}:{nameof(ShellOptions.IsEnabled)} to true.";
        }
        if (string.IsNullOrWhiteSpace(args.Command) == args.Argv is not { Count: > 0 })
            return "Give either command (a line for the shell) or argv (a program and its arguments).";
        if ((args.Argv ?? [args.Command!]).Any(SecretReferences.AreIn))
        {
            return "A secret in a command would show in the list of processes. Put {{secret:NAME}} into environment or "
                + "stdin, and let the command read it there.";
        }
        return args.WorkingDirectory is { } folder && !Directory.Exists(folder)
            ? $"The working directory '{folder}' is not there."
            : null;
    }

    /// <summary>Returns when the command and all that it started have ended and their output is in the log.</summary>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    private static async Task FollowAsync(ProcessGroup group, string input, JobContext job, CancellationToken stop)
    {
        var output = LineLogger.CopyAsync(group.Output, job.Log, LogLevel.Information);
        var errors = LineLogger.CopyAsync(group.Errors, job.Log, LogLevel.Warning);
        var fed = FeedAsync(group.Input, input);
        try
        {
            await group.WaitAsync(stop);
        }
        catch (OperationCanceledException)
        {
            job.Log.StoppingCommand(Grace);
            throw;
        }
        finally
        {
            await group.EndAsync(Grace);
            // A process that left the group can hold the pipes open for ever; it does not hold the job.
            await Task.WhenAll(output, errors, fed)
                .WaitAsync(OutputGrace, job.Clock, CancellationToken.None)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task FeedAsync(StreamWriter writer, string input)
    {
        try
        {
            await using (writer)
                await writer.WriteAsync(input);
        }
        catch (IOException)
        {
            // The command ended without reading it all.
        }
    }
}
