using System.Reflection;
using System.Text;
using Xunit;

namespace Rota.Tests.House;

/// <summary>What handler and plug-in authors see changes only on purpose: the text of it is approved in PublicApi.txt.
/// </summary>
public sealed class PublicApiTests
{
    private const string Approved = "test/Rota.Tests/House/PublicApi.txt";
    private const BindingFlags Own = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance
        | BindingFlags.Static | BindingFlags.DeclaredOnly;

    // What the compiler writes for every record says nothing.
    private static readonly string[] OfRecords =
        ["<Clone>$", "Deconstruct", "Equals", "GetHashCode", "op_Equality", "op_Inequality", "PrintMembers", "ToString",
            "EqualityContract", "get_EqualityContract"];

    [Fact]
    public void The_public_api_is_the_approved_one()
    {
        var text = Describe(typeof(JobId).Assembly);
        var received = Path.Combine(AppContext.BaseDirectory, "PublicApi.received.txt");
        File.WriteAllText(received, text);

        var before = Repository.Read(Approved);
        if (text == before)
            return;
        var now = text.Split('\n');
        var changes = now.Except(before.Split('\n')).Select(line => $"+ {line}")
            .Concat(before.Split('\n').Except(now).Select(line => $"- {line}"));
        Repository.AssertNone([.. changes, $"If this is meant: cp {received} {Approved}, and say it in CHANGELOG.md."]);
    }

    private static string Describe(Assembly assembly)
    {
        var text = new StringBuilder();
        foreach (var type in assembly.GetExportedTypes().OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            var bases = type.GetInterfaces().Where(one => one.IsPublic && one.Namespace!.StartsWith("Rota"))
                .Prepend(type.BaseType)
                .Where(one => one is not null && one.Namespace != "System" || one == typeof(Exception));
            text.Append(Kind(type)).Append(' ').Append(Name(type));
            if (bases.Any())
                text.Append(" : ").AppendJoin(", ", bases.Select(one => Name(one!)));
            text.Append('\n');
            foreach (var line in Members(type).Order(StringComparer.Ordinal))
                text.Append("    ").Append(line).Append('\n');
        }
        return text.ToString();
    }

    private static string Kind(Type type) =>
        type.IsEnum ? "enum" : type.IsInterface ? "interface" : type.IsValueType ? "struct"
        : type.IsAbstract && type.IsSealed ? "static class" : type.IsAbstract ? "abstract class"
        : type.IsSealed ? "sealed class" : "class";

    private static IEnumerable<string> Members(Type type)
    {
        if (type.IsEnum)
        {
            return Enum.GetValuesAsUnderlyingType(type).Cast<int>()
                .Select(value => $"{Enum.GetName(type, value)} = {value}");
        }
        var fields = type.GetFields(Own).Where(field => field.IsPublic || field.IsFamily)
            .Select(field => $"{(field.IsLiteral ? "const" : "field")} {Name(field.FieldType)} {field.Name}"
                + (field.IsLiteral ? $" = {field.GetRawConstantValue()}" : ""));
        var properties = type.GetProperties(Own)
            .Where(property => IsSeen(property.GetMethod) && !OfRecords.Contains(property.Name))
            .Select(property => $"property {Name(property.PropertyType)} {property.Name}"
                + (IsSeen(property.SetMethod) ? " { get; set; }" : " { get; }"));
        var constructors = type.GetConstructors(Own).Where(IsSeen)
            .Select(constructor => $"new({Parameters(constructor)})");
        var methods = type.GetMethods(Own)
            .Where(method => IsSeen(method) && !OfRecords.Contains(method.Name)
                && (!method.IsSpecialName || method.Name.StartsWith("op_")))
            .Select(method => $"{(method.IsStatic ? "static " : "")}{Name(method.ReturnType)} {method.Name}"
                + $"{Generics(method.GetGenericArguments())}({Parameters(method)})");
        return [.. fields, .. properties, .. constructors, .. methods];
    }

    private static bool IsSeen(MethodBase? method) => method is { IsPublic: true } or { IsFamily: true };

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(parameter =>
        $"{Name(parameter.ParameterType)} {parameter.Name}" + (parameter.HasDefaultValue ? " = …" : "")));

    private static string Generics(Type[] arguments) =>
        arguments.Length == 0 ? "" : $"<{string.Join(", ", arguments.Select(Name))}>";

    private static string Name(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } value)
            return Name(value) + "?";
        if (type.IsArray)
            return Name(type.GetElementType()!) + "[]";
        var name = type.Name.Split('`')[0] + Generics(type.GetGenericArguments());
        return type.IsNested && !type.IsGenericParameter ? $"{Name(type.DeclaringType!)}.{name}" : name;
    }
}
