using System.Text;

namespace Rota.Supervisor.Processes;

/// <summary>Supervisor's fault codes, as they go over the wire.</summary>
internal enum FaultCode
{
    UnknownMethod = 1, IncorrectParameters = 2, BadArguments = 3, SignatureUnsupported = 4, ShutdownState = 6,
    BadName = 10, BadSignal = 11, NoFile = 20, NotExecutable = 21, Failed = 30, AbnormalTermination = 40,
    SpawnError = 50, AlreadyStarted = 60, NotRunning = 70, Success = 80, AlreadyAdded = 90, StillRunning = 91,
    CantReread = 92,
}

/// <summary>What a caller asked for cannot be done. Its message is the fault's text: `BAD_NAME: web`.</summary>
/// <param name="code">Never <see cref="FaultCode.Success"/>.</param>
/// <param name="detail">Null where supervisor says no more than the code's name.</param>
internal sealed class SupervisorFault(FaultCode code, string? detail = null)
    : Exception(detail is null ? Word(code) : $"{Word(code)}: {detail}")
{
    public FaultCode Code { get; } = code;

    /// <summary>`BadName` is BAD_NAME.</summary>
    public static string Word(FaultCode code)
    {
        var word = new StringBuilder();
        foreach (var letter in code.ToString())
        {
            if (char.IsUpper(letter) && word.Length > 0)
                word.Append('_');
            word.Append(char.ToUpperInvariant(letter));
        }
        return word.ToString();
    }
}
