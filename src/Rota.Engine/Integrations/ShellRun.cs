namespace Rota.Integrations;

/// <summary>Runs a command on this node. Give exactly one of <see cref="Command"/> and <see cref="Argv"/>.</summary>
/// <remarks>The command sees nothing of the server's environment but PATH, HOME, LANG and TZ. When the job is canceled
/// or its time is over, all processes that the command started get SIGTERM, and SIGKILL 5 s later; what the command
/// leaves running when it ends is ended the same way.</remarks>
[Job("shell.run")]
public sealed record ShellRun
{
    /// <summary>A line for <c>/bin/sh -c</c>.</summary>
    public string? Command { get; init; }

    /// <summary>A program and its arguments, without a shell.</summary>
    public IReadOnlyList<string>? Argv { get; init; }

    /// <summary>Must exist. Default: the folder of the server.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>More variables; <c>{{secret:NAME}}</c> in a value stands for a secret.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>What the command reads; <c>{{secret:NAME}}</c> stands for a secret. Default: nothing.</summary>
    public string Stdin { get; init; } = "";

    /// <summary>Default: 0.</summary>
    public IReadOnlyList<int> SuccessExitCodes { get; init; } = [0];
}

/// <summary>How a command ended.</summary>
/// <param name="Signal">By which signal, as a shell tells it: the exit code over 128; null when by none.</param>
public sealed record ShellRunOutput(int ExitCode, int? Signal, long Ms);
