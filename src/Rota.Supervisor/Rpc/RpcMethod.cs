using System.Text;
using Rota.Supervisor.Processes;

namespace Rota.Supervisor.Rpc;

/// <summary>One method of the API.</summary>
/// <param name="Name">Without its namespace.</param>
/// <param name="Signature">Types: of the result, then of the parameters. Null where supervisord tells none.</param>
/// <param name="Required">How many arguments a call has at least; it has at most one for each parameter.</param>
internal sealed record RpcMethod(string Name, string[] Signature, int Required, string Help,
    Func<RpcArguments, Task<object?>> Call)
{
    public int ArgumentsMax => Signature.Length - 1;
}

/// <summary>The arguments of a call; what is not of its type is fault INCORRECT_PARAMETERS.</summary>
internal sealed class RpcArguments(IReadOnlyList<object?> values)
{
    public string Text(int index) => values[index] switch
    {
        string text => text,
        byte[] bytes => Encoding.UTF8.GetString(bytes),
        _ => throw Wrong(),
    };

    public byte[] Bytes(int index) => values[index] as byte[] ?? Encoding.UTF8.GetBytes(Text(index));

    /// <summary>A number, also one in digits.</summary>
    public long Number(int index) => values[index] switch
    {
        long number => number,
        bool truth => truth ? 1 : 0,
        double number when Math.Abs(number) < 1e15 => (long)number,
        string text when Config.PythonText.ParseInt(text) is { } number => number,
        _ => throw Wrong(),
    };

    /// <summary>A signal: a name, or a number of either type.</summary>
    public string TextOrNumber(int index) => values[index] is long number ? $"{number}" : Text(index);

    /// <summary>True when it is left out, and for everything that Python holds for true.</summary>
    public bool Flag(int index) => index >= values.Count || values[index] is not (false or 0L or 0.0 or "" or null);

    public List<object?> List(int index) => values[index] as List<object?> ?? throw Wrong();

    public List<string> Texts(int index) => List(index).ConvertAll(value => value as string ?? throw Wrong());

    /// <summary>Empty when it is left out.</summary>
    public RpcOptions Options(int index) => new(index >= values.Count
        ? []
        : values[index] as OrderedDictionary<string, object?> ?? throw Wrong());

    private static SupervisorFault Wrong() => new(FaultCode.IncorrectParameters);
}
